import type { Found, Parsed } from "./values.ts";

/** How long one tool call may take, in milliseconds: below the 60 seconds after which clients give up. */
export const DEFAULT_TIMEOUT_MS = 25_000;

/** The longest wait a timer can hold. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** A whole number of milliseconds that a timer can hold. */
export const parseTimeout = ({ value, source }: Found): Parsed<number> => {
  const ms = Number(value);
  return /^\d+$/.test(value) && ms >= 1 && ms <= MAX_TIMEOUT_MS
    ? { value: ms }
    : { problem: `${source} must be a whole number of milliseconds from 1 to ${MAX_TIMEOUT_MS}.` };
};
