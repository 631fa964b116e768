/** A value and how long it may be used: until that many milliseconds since 1970. */
export type Kept<T> = { readonly value: T; readonly until: number };

export type SharedCache<T> = (key: string, load: () => Promise<Kept<T>>) => Promise<T>;

const MAX_ENTRIES = 10_000;

/**
 * Values by key, each loaded once for all who ask at the same time. Failures are not kept.
 * @param now milliseconds since 1970
 * @param maxEntries the oldest make room for new ones
 */
export const createSharedCache = <T>(now: () => number, maxEntries = MAX_ENTRIES): SharedCache<T> => {
  const entries = new Map<string, Kept<T>>();
  const pending = new Map<string, Promise<T>>();

  const keep = (key: string, kept: Kept<T>): void => {
    const time = now();
    entries.delete(key);
    // Lives are of about the same length, so the dead are mostly the oldest, which come first.
    for (const [oldest, { until }] of entries) {
      if (until > time && entries.size < maxEntries) break;
      entries.delete(oldest);
    }
    if (kept.until > time) entries.set(key, kept);
  };

  return (key, load) => {
    const entry = entries.get(key);
    if (entry && entry.until > now()) return Promise.resolve(entry.value);
    const ongoing = pending.get(key);
    if (ongoing) return ongoing;
    const loading = load().then((kept) => {
      keep(key, kept);
      return kept.value;
    });
    const forget = () => void pending.delete(key);
    loading.then(forget, forget);
    pending.set(key, loading);
    return loading;
  };
};
