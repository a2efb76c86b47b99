import type { PageBuffer } from '../memory/page-buffer.ts';

// Below this a loop over words beats the call of a native copy.
const LONG_VALUE = 192;

/** Bytes that `count` variable-length values take in PLAIN encoding. */
export function plainBytesSize(offsets: Int32Array, count: number): number {
  return offsets[count]! - offsets[0]! + 4 * count;
}

/**
 * PLAIN encoding of variable-length values: each one's length in four bytes, then its bytes (Parquet format,
 * Encodings.md). Returns the position after. The buffer needs room for four bytes more than `plainBytesSize`.
 */
export function encodePlainBytes(
  out: PageBuffer,
  at: number,
  source: DataView,
  offsets: Int32Array,
  count: number,
): number {
  const { bytes, view } = out;
  // Words may be read beyond a value's end, but not beyond the source's.
  const lastWord = source.byteLength - 4;
  let position = at;
  let from = offsets[0]!;
  for (let i = 0; i < count; i++) {
    const end = offsets[i + 1]!;
    const length = end - from;
    view.setInt32(position, length, true);
    position += 4;
    if (length >= LONG_VALUE) {
      bytes.set(new Uint8Array(source.buffer, source.byteOffset + from, length), position);
    } else {
      let to = position;
      while (from < end && from <= lastWord) {
        view.setInt32(to, source.getInt32(from, true), true);
        from += 4;
        to += 4;
      }
      while (from < end) {
        bytes[to++] = source.getUint8(from++);
      }
    }
    position += length;
    from = end;
  }
  return position;
}
