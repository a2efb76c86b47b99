/** Byte strings looked at four bytes at a time; a byte at a time was what dictionaries spent most of their time on. */

/** Fewer than four bytes at the end of the source, as a little-endian word. */
export function lastBytes(source: DataView, from: number, length: number): number {
  let word = 0;
  for (let i = 0; i < length; i++) {
    word |= source.getUint8(from + i) << (8 * i);
  }
  return word;
}

/** Four bytes at a time, the last four overlapping those before; `length` is 4 or more. */
export function hashBytes(source: DataView, from: number, length: number): number {
  let hash = length;
  const last = from + length - 4;
  for (let at = from; at < last; at += 4) {
    hash = Math.imul(hash ^ source.getInt32(at, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ source.getInt32(last, true), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

/** Whether two values of the same length, 4 or more, are equal. */
export function equalBytes(a: DataView, aFrom: number, b: DataView, bFrom: number, length: number): boolean {
  const last = length - 4;
  for (let i = 0; i < last; i += 4) {
    if (a.getInt32(aFrom + i, true) !== b.getInt32(bFrom + i, true)) {
      return false;
    }
  }
  return a.getInt32(aFrom + last, true) === b.getInt32(bFrom + last, true);
}
