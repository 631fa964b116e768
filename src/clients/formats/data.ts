import { isDeepStrictEqual } from "node:util";
import type { Path, Step } from "../types.ts";

/**
 * What a file holds, whatever its format: mappings are Maps, so that no key is special and the order does not count;
 * lists are arrays.
 */
export type Data = unknown;

export const sameData = (one: Data, other: Data): boolean => isDeepStrictEqual(one, other);

/** A plain value as data; whatever is no object or array, such as a date, stays as it is. */
export const dataOf = (value: unknown): Data => {
  if (Array.isArray(value)) return value.map(dataOf);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return new Map(Object.entries(value).map(([key, inner]) => [key, dataOf(inner)]));
};

/** Data as a plain value; keys become text. */
export const plainOf = (data: Data): unknown => {
  if (Array.isArray(data)) return data.map(plainOf);
  if (!(data instanceof Map)) return data;
  return Object.fromEntries([...data].map(([key, inner]) => [String(key), plainOf(inner)]));
};

const hasId = (element: Data, id: string): boolean => element instanceof Map && element.get("id") === id;

/** What stands at a path; undefined where nothing does. */
export const find = (data: Data, [step, ...rest]: Path): Data => {
  if (step === undefined) return data;
  if (typeof step === "string") return data instanceof Map ? find(data.get(step), rest) : undefined;
  const element = Array.isArray(data) ? data.find((one) => hasId(one, step.id)) : undefined;
  return find(element, rest);
};

const withStep = (data: Data, step: Step, change: (inner: Data) => Data): Data => {
  if (typeof step === "string") {
    const map = data instanceof Map ? data : new Map();
    return new Map([...map, [step, change(map.get(step))]]);
  }
  const list: readonly Data[] = Array.isArray(data) ? data : [];
  const index = list.findIndex((one) => hasId(one, step.id));
  return index === -1
    ? [...list, change(undefined)]
    : list.map((one, at) => (at === index ? change(one) : one));
};

/** A copy with that value at a path. */
export const assign = (data: Data, [step, ...rest]: Path, value: Data): Data =>
  step === undefined ? value : withStep(data, step, (inner) => assign(inner, rest, value));

const isEmpty = (data: Data): boolean =>
  data === null ||
  data === undefined ||
  (data instanceof Map && data.size === 0) ||
  (Array.isArray(data) && data.length === 0);

/** A copy without what stands at a path, and without what holds nothing after that; the whole stays a mapping. */
export const omit = (data: Data, [step, ...rest]: Path): Data => {
  if (step === undefined || data === null || data === undefined) return undefined;
  if (typeof step === "string") {
    if (!(data instanceof Map)) return data;
    const inner = omit(data.get(step), rest);
    return new Map(
      [...data].flatMap(([key, one]) => (key !== step ? [[key, one]] : isEmpty(inner) ? [] : [[key, inner]])),
    );
  }
  return Array.isArray(data) ? data.filter((one) => !hasId(one, step.id)) : data;
};
