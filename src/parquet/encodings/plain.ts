import type { PageBuffer } from '../memory/page-buffer.ts';

// Below this a loop over words beats the call of a native copy.
const LONG_VALUE = 192;

/** Bytes that `count` variable-length values take in PLAIN encoding. */
export function plainBytesSize(offsets: Int32Array, count: number): number {
  return offsets[count]! - offsets[0]! + 4 * count;
}

/**
 * PLAIN encoding of variable-length values: each one's length in four bytes, then its bytes (Parquet format,
 * Encodings.md). Returns the position after. The buffer needs room for eight bytes more than `plainBytesSize`.
 */
export function encodePlainBytes(
  out: PageBuffer,
  at: number,
  source: DataView,
  offsets: Int32Array,
  count: number,
): number {
  const { bytes, view } = out;
  // Words of 8 bytes, two thirds of the time of 4: read beyond a value's end, but not beyond the source's.
  const lastWord = source.byteLength - 8;
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
        view.setBigUint64(to, source.getBigUint64(from, true), true);
        from += 8;
        to += 8;
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
