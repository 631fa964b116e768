import type { Found, Parsed } from "./values.ts";

/** A whole number from 0 to `max`. */
export const wholeNumber =
  (max: number) =>
  ({ value, source }: Found): Parsed<number> =>
    /^\d+$/.test(value) && Number(value) <= max
      ? { value: Number(value) }
      : { problem: `${source} must be a whole number from 0 to ${max}.` };

/** One of the words of a list. */
export const oneOf =
  <Word extends string>(words: readonly Word[]) =>
  ({ value, source }: Found): Parsed<Word> => {
    const word = words.find((name) => name === value);
    return word ? { value: word } : { problem: `${source} must be one of ${words.join(", ")}.` };
  };

/** `1`, `true`, `yes`, `on` and their opposites. */
export const parseSwitch = ({ value, source }: Found): Parsed<boolean> => {
  const on = /^(?:1|t|true|yes|on)$/i.test(value);
  return on || /^(?:0|f|false|no|off)$/i.test(value)
    ? { value: on }
    : { problem: `${source} must be 1 or 0.` };
};
