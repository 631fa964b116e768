import { commandIn } from "../config/invocation.ts";

/** The columns that a text takes in a terminal. */
export function displayWidth(text: string): number {
  // Nearly all texts are ASCII.
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += charWidth(character);
  return width;
}

/** Shortens a text to at most `width` columns. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let [left, end] = [width - 1, 0];
  for (const character of text) {
    left -= charWidth(character);
    if (left < 0) break;
    end += character.length;
  }
  return `${text.slice(0, end)}…`;
}

/** Appends spaces to a text up to `width` columns. */
export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

/**
 * Splits a text where a line may break: before spaces, and around each wide character, because such scripts have no
 * spaces. URLs stay whole. Each part starts with its spaces.
 */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let word = "";
  let before = "";
  let isInUrl = false;
  /** The last characters of the word. The word itself is not searched, because it can be a long text without spaces. */
  let end = "";
  for (const character of text) {
    if (URL_END.test(character)) isInUrl = false;
    // A mark belongs to the character before it, and a joiner ties the next one to it.
    const isTied = charWidth(character) === 0 || before === "\u200d" || isInUrl;
    const canBreak = character === " " || charWidth(character) === 2 || charWidth(before) === 2;
    if (canBreak && !isTied && word.trim() !== "") {
      words.push(word);
      word = "";
      end = "";
    }
    word += character;
    end = (end + character).slice(-URL_START.length);
    isInUrl ||= end === URL_START;
    before = charWidth(character) === 0 && character !== "\u200d" ? before : character;
  }
  return word.trim() === "" ? words : [...words, word];
}

const URL_START = "://";

/** A URL ends before a space and before the punctuation of scripts without spaces. */
const URL_END = /[\s\u3000-\u303f\uff01-\uff60]/;

/**
 * Wraps text between words. A word wider than the line stays whole, because it may be a path or a URL to copy.
 * @param width columns of the terminal; undefined does not wrap
 * @param lead starts the first line
 * @param indent starts each further line
 */
export function wrap(text: string, width: number | undefined, lead = "", indent = lead): string {
  if (width === undefined) return lead + text;
  const lines = [lead];
  let used = displayWidth(lead);
  let isFirst = true;
  for (const word of splitWords(text)) {
    if (!isFirst && used + displayWidth(word) > width) {
      lines.push(indent + word.trimStart());
      used = displayWidth(lines.at(-1) ?? "");
    } else {
      lines[lines.length - 1] += word;
      used += displayWidth(word);
    }
    isFirst = false;
  }
  return lines.join("\n");
}

/** Wraps a message like `wrap`, with the command at its end in a line of its own: a broken one cannot be pasted. */
export function wrapAdvice(text: string, width: number | undefined, lead = "", indent = lead): string {
  const command = commandIn(text);
  if (command === undefined) return wrap(text, width, lead, indent);
  return `${wrap(text.slice(0, -command.length - 1), width, lead, indent)}\n${indent}  ${command}`;
}

const GAP = "  ";

/** A label, its text, which may have line breaks, and the color of the text. */
export type Field = readonly [label: string, text: string, color?: ((text: string) => string) | undefined];

/**
 * Formats labels and texts as two aligned columns. The texts wrap. One with a word that is too wide for its column, such
 * as an id or a URL, starts in a line of its own, so that a terminal breaks it only if it is wider than the terminal.
 * @param width columns of the terminal; undefined does not wrap
 * @param colorLabel colors a label
 */
export function formatFields(
  fields: readonly Field[],
  width: number | undefined,
  colorLabel: (label: string) => string = (label) => label,
): string {
  const labelWidth = Math.max(...fields.map(([label]) => displayWidth(label)));
  const blank = " ".repeat(labelWidth) + GAP;
  return fields
    .map(([label, text, color = (line: string) => line]) => {
      // Wrapping counts columns, so colors come after it.
      if (width !== undefined && widestWord(text) > width - blank.length)
        return [colorLabel(label), ...wrapLines(text, width, "").map(color)].join("\n");
      const lines = wrapLines(text, width, blank);
      const colored = lines.map((line) => blank + color(line.slice(blank.length))).join("\n");
      return colorLabel(pad(label, labelWidth)) + colored.slice(labelWidth);
    })
    .join("\n");
}

function wrapLines(text: string, width: number | undefined, indent: string): readonly string[] {
  return text.split("\n").flatMap((line) => wrap(line, width, indent).split("\n"));
}

function widestWord(text: string): number {
  const words = text.split("\n").flatMap(splitWords);
  return words.reduce((widest, word) => Math.max(widest, displayWidth(word.trim())), 0);
}

/**
 * Formats rows as aligned columns.
 * @param width columns of the terminal, where longer lines are truncated
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => displayWidth(row[column] ?? ""))));
  const formatRow = (row: readonly string[]): string =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join(GAP)
      .trimEnd();
  return all.map((row) => truncate(formatRow(row), width)).join("\n");
}

/**
 * No column for combining marks, joiners, and the tones of an emoji; two for emoji and the scripts that Unicode calls
 * wide (UAX #11).
 */
function charWidth(character: string): number {
  if (character <= "~") return character.length;
  if (/[\p{Mn}\p{Me}\p{Cf}\p{Emoji_Modifier}]/u.test(character)) return 0;
  return /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u.test(
    character,
  )
    ? 2
    : 1;
}
