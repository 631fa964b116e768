/** A value and how long it may be used: until that many milliseconds since 1970. */
export type Kept<T> = { readonly value: T; readonly until: number };

export type LruCache<T> = {
  get(key: string): T | undefined;
  set(key: string, kept: Kept<T>): void;
  delete(key: string): void;
};

/**
 * A bounded map of values that end. Those that nobody has asked for the longest make room for new ones.
 * @param now milliseconds since 1970
 */
export function createLruCache<T>(now: () => number, maxEntries: number): LruCache<T> {
  const entries = new Map<string, Kept<T>>();

  return {
    get: (key) => {
      const entry = entries.get(key);
      if (!entry || entry.until <= now()) return undefined;
      // The last to be asked for stands at the end.
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set: (key, kept) => {
      const time = now();
      entries.delete(key);
      if (kept.until <= time) return;
      // What ended was mostly asked for long ago, and stands in front.
      for (const [oldest, { until }] of entries) {
        if (until > time && entries.size < maxEntries) break;
        entries.delete(oldest);
      }
      entries.set(key, kept);
    },
    delete: (key) => void entries.delete(key),
  };
}

export type SharedCache<T> = {
  /** The value of a key, loaded where none is kept. */
  (key: string, load: () => Promise<Kept<T>>): Promise<T>;
  /** Forgets a value that proved to be wrong; a newer one of the same key stays. */
  forget(key: string, value: T): void;
};

const MAX_ENTRIES = 10_000;

/**
 * Values by key, each loaded once for all who ask at the same time. Failures are not kept.
 * @param now milliseconds since 1970
 */
export function createSharedCache<T>(now: () => number, maxEntries = MAX_ENTRIES): SharedCache<T> {
  const entries = createLruCache<T>(now, maxEntries);
  const pending = new Map<string, Promise<T>>();

  const get = (key: string, load: () => Promise<Kept<T>>): Promise<T> => {
    const value = entries.get(key);
    if (value !== undefined) return Promise.resolve(value);
    const ongoing = pending.get(key);
    if (ongoing) return ongoing;
    const loading = load().then((kept) => {
      entries.set(key, kept);
      return kept.value;
    });
    const settled = () => void pending.delete(key);
    loading.then(settled, settled);
    pending.set(key, loading);
    return loading;
  };
  const forget = (key: string, value: T): void => {
    if (entries.get(key) === value) entries.delete(key);
  };
  return Object.assign(get, { forget });
}
