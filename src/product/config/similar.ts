/** The word that is most like `text`; null where none is like it enough to be meant. */
export function mostSimilar(text: string, words: readonly string[]): string | null {
  const limit = Math.ceil(0.4 * text.length);
  const found = words
    .map((word) => ({ word, distance: distance(text.toLowerCase(), word) }))
    .filter((each) => each.distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return found[0]?.word ?? null;
}

/** Letters to insert, remove or replace to make one of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (letter === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
