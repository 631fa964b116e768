/** More edits than this make a different word. */
const MAX_EDITS = 3;

/** Returns the candidate that `word` most likely misspells; undefined if none is similar. */
export function findClosest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.min(MAX_EDITS, Math.ceil(word.length / 2));
  const [closest] = candidates
    .map((candidate) => ({ candidate, edits: countEdits(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits);
  return closest?.candidate;
}

/** Returns ` (did you mean "x"?)` for a misspelled word; an empty text if no candidate is similar. */
export function suggest(word: string, candidates: readonly string[]): string {
  const closest = findClosest(word, candidates);
  return closest === undefined ? "" : ` (did you mean "${closest}"?)`;
}

/** Levenshtein distance; more than `MAX_EDITS` if the lengths differ by more. */
function countEdits(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > MAX_EDITS) return MAX_EDITS + 1;
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
