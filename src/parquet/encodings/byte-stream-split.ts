import type { PageBuffer } from '../memory/page-buffer.ts';

/**
 * BYTE_STREAM_SPLIT (Parquet format, Encodings.md) of floats, as one or two words per value: first byte 0 of all
 * values, then byte 1, and so on. Writes at a position and returns the position after.
 */
export function splitByteStreams(
  out: PageBuffer,
  at: number,
  words: Int32Array,
  count: number,
  wordsPerValue: number,
): number {
  const { bytes } = out;
  let position = at;
  for (let first = 0; first < wordsPerValue; first++) {
    for (let i = 0, from = first; i < count; i++, from += wordsPerValue) {
      const word = words[from]!;
      bytes[position + i] = word;
      bytes[position + count + i] = word >>> 8;
      bytes[position + 2 * count + i] = word >>> 16;
      bytes[position + 3 * count + i] = word >>> 24;
    }
    position += 4 * count;
  }
  return position;
}
