/** Characters that take no column: combining marks, joiners, and the tones of an emoji. */
const ZERO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}\p{Emoji_Modifier}]/u;
/** Characters that take two columns: emoji, and the scripts that Unicode calls wide (UAX #11). */
const WIDE =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;

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

/** A word, or one wide character: such scripts have no spaces. Spaces before it belong to it. */
const WORD = /* @__PURE__ */ new RegExp(` *(?:${WIDE.source}|(?:(?!${WIDE.source})[^ ])+)`, "gu");

/** Splits a text where a line may break. Each part starts with its spaces. */
export function splitWords(text: string): readonly string[] {
  return text.match(WORD) ?? [];
}

function charWidth(character: string): number {
  return ZERO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}
