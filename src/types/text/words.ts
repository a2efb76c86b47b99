/** Whether `b[p … p + n]` is exactly the word, given by its bytes. */
export function isWord(b: Uint8Array, p: number, n: number, word: Uint8Array): boolean {
  if (n !== word.length) return false;
  for (let i = 0; i < n; i++) if (b[p + i] !== word[i]) return false;
  return true;
}

/** The bytes of an ASCII word. */
export function wordBytes(word: string): Uint8Array {
  return Uint8Array.from(word, (character) => character.charCodeAt(0));
}
