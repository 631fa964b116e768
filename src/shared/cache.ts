/** A value that may be used until `until`, in milliseconds since 1970. */
export type CacheEntry<T> = { readonly value: T; readonly until: number };

export type LruCache<T> = {
  get(key: string): T | undefined;
  set(key: string, entry: CacheEntry<T>): void;
  delete(key: string): void;
};

const MAX_ENTRIES = 10_000;

/** A bounded map of expiring values. Expired entries are evicted first, then the least recently used. */
export function createLruCache<T>(now: typeof Date.now, maxEntries = MAX_ENTRIES): LruCache<T> {
  // A Map iterates in insertion order, so the least recently used entry comes first.
  const entries = new Map<string, CacheEntry<T>>();

  return {
    get: (key) => {
      const entry = entries.get(key);
      if (!entry || entry.until <= now()) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set: (key, entry) => {
      const time = now();
      entries.delete(key);
      if (entry.until <= time) return;
      for (const [oldest, { until }] of entries) {
        if (until > time && entries.size < maxEntries) break;
        entries.delete(oldest);
      }
      entries.set(key, entry);
    },
    delete: (key) => void entries.delete(key),
  };
}

export type SharedCache<T> = {
  /** Returns the cached value, or loads it; concurrent callers share one load. */
  (key: string, load: () => Promise<CacheEntry<T>>): Promise<T>;
  /** Removes a value that proved wrong, unless a newer one has replaced it. */
  forget(key: string, value: T): void;
};

/** A cache that loads its values. Failed loads are not cached. */
export function createSharedCache<T>(now: typeof Date.now, maxEntries?: number): SharedCache<T> {
  const entries = createLruCache<T>(now, maxEntries);
  const pending = new Map<string, Promise<T>>();

  const get = (key: string, load: () => Promise<CacheEntry<T>>): Promise<T> => {
    const value = entries.get(key);
    if (value !== undefined) return Promise.resolve(value);
    const ongoing = pending.get(key);
    if (ongoing) return ongoing;
    const loading = load().then((entry) => {
      entries.set(key, entry);
      return entry.value;
    });
    pending.set(key, loading);
    const settled = () => void pending.delete(key);
    loading.then(settled, settled);
    return loading;
  };
  const forget = (key: string, value: T): void => {
    if (entries.get(key) === value) entries.delete(key);
  };
  return Object.assign(get, { forget });
}

export type Lazy<T> = {
  /** Loads the value on the first call; after a failure, the next call loads again. */
  get(): Promise<T>;
  /** The value, if it is loaded or loading; undefined otherwise, and if loading fails. */
  peek(): Promise<T | undefined>;
};

/** Loads a value once, when it is first needed. */
export function lazy<T>(load: () => Promise<T>): Lazy<T> {
  let loading: Promise<T> | undefined;
  return {
    get: () => {
      loading ??= load().catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      return loading;
    },
    peek: async () => loading?.catch(() => undefined),
  };
}
