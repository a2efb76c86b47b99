import type { PageBuffer } from '../memory/page-buffer.ts';
import { type PageKernels, SLACK } from '../memory/page-kernels.ts';

/** Values of more bytes in the mean are faster copied where they are than given to a kernel. */
const LONG_VALUE = 512;

/** Bytes that `count` variable-length values take in PLAIN encoding. */
export function plainBytesSize(offsets: Int32Array, count: number): number {
  return offsets[count]! - offsets[0]! + 4 * count;
}

/**
 * PLAIN encoding of variable-length values: each one's length in four bytes, then its bytes (Parquet format,
 * Encodings.md). Returns the position after. The buffer needs room for `plainBytesSize` bytes.
 */
export function encodePlainBytes(
  out: PageBuffer,
  at: number,
  kernels: PageKernels,
  source: Uint8Array,
  offsets: Int32Array,
  count: number,
): number {
  if (plainBytesSize(offsets, count) > LONG_VALUE * count)
    return copyEach(out, at, source, offsets, 0, count);
  let position = at;
  for (const { from, to, data, offsets: starts } of kernels.pieces(source, offsets, 0, count)) {
    if (data === null) {
      position = copyEach(out, position, source, offsets, from, to);
    } else {
      const length = offsets[to]! - offsets[from]! + 4 * (to - from);
      const target = kernels.out.reserve(length + SLACK);
      kernels.exports.plain(data, starts, to - from, target);
      out.bytes.set(kernels.bytes.subarray(target, target + length), position);
      position += length;
    }
  }
  return position;
}

/** The values `from … to`, each by the runtime's own copy. */
function copyEach(
  { bytes, view }: PageBuffer,
  at: number,
  source: Uint8Array,
  offsets: Int32Array,
  from: number,
  to: number,
): number {
  let position = at;
  for (let i = from; i < to; i++) {
    const value = source.subarray(offsets[i], offsets[i + 1]);
    view.setInt32(position, value.length, true);
    bytes.set(value, position + 4);
    position += 4 + value.length;
  }
  return position;
}
