import { endOfPair, type Mapping, type Pair, refuse } from "./yaml-tree.ts";

const cut = (text: string, from: number, to: number): string => text.slice(0, from) + text.slice(to);

/** Puts a pair right behind the opening brace. */
export const addToFlow = (text: string, { items, range }: Mapping, pair: string): string => {
  const inside = text[range[0]] === "{" ? range[0] + 1 : refuse(text, range[0]);
  return text.slice(0, inside) + pair + (items.length > 0 ? "," : "") + text.slice(inside);
};

/** Behind the colon of a pair whose value says nothing, or which stands in flow style behind it. */
export const behindColon = (text: string, { key }: Pair): number => {
  const colon = /^[ \t]*:/.exec(text.slice(key.range[1]));
  return colon ? key.range[1] + colon[0].length : refuse(text, key.range[1]);
};

/** Whether braces with a blank behind the first stand around one pair: `set` made them for it. */
export const isFlowMade = (text: string, { items, range }: Mapping): boolean => {
  const [only, other] = items;
  if (!only || other) return false;
  return text.slice(range[0], only.key.range[0]) === "{ " && text.slice(endOfPair(only), range[1]) === " }";
};

/** Takes a pair out of a flow mapping with the comma behind it, or else the one before it. */
export const cutFromFlow = (text: string, { items }: Mapping, pair: Pair): string => {
  const [start, end] = [pair.key.range[0], endOfPair(pair)];
  const after = /^\s*,/.exec(text.slice(end));
  if (after) return cut(text, start, end + after[0].length);
  const previous = items[items.indexOf(pair) - 1];
  if (!previous) return cut(text, start, end);
  const since = endOfPair(previous);
  return /^\s*,\s*$/.test(text.slice(since, start)) ? cut(text, since, end) : refuse(text, start);
};

/** Takes out the value of a pair, back to the colon. */
export const cutValue = (text: string, pair: Pair): string =>
  cut(text, behindColon(text, pair), endOfPair(pair));
