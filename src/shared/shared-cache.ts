import { createLruCache, type Kept } from "./cache.ts";

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
export const createSharedCache = <T>(now: () => number, maxEntries = MAX_ENTRIES): SharedCache<T> => {
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
};
