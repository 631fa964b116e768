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
 * spaces. Each part starts with its spaces.
 */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let word = "";
  let before = "";
  for (const character of text) {
    // A mark belongs to the character before it, and a joiner ties the next one to it.
    const isTied = charWidth(character) === 0 || before === "\u200d";
    const canBreak = character === " " || charWidth(character) === 2 || charWidth(before) === 2;
    if (canBreak && !isTied && word.trim() !== "") {
      words.push(word);
      word = "";
    }
    word += character;
    before = charWidth(character) === 0 && character !== "\u200d" ? before : character;
  }
  return word.trim() === "" ? words : [...words, word];
}

/**
 * No column for combining marks, joiners, and the tones of an emoji; two for emoji and the scripts that Unicode calls
 * wide (UAX #11).
 */
function charWidth(character: string): number {
  if (character <= "~") return character.length;
  // In the function, so that a start does not compile them.
  if (/[\p{Mn}\p{Me}\p{Cf}\p{Emoji_Modifier}]/u.test(character)) return 0;
  return /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u.test(
    character,
  )
    ? 2
    : 1;
}
