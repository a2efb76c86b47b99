import type { PageBuffer } from '../memory/page-buffer.ts';
import type { PageKernels } from '../memory/page-kernels.ts';

/**
 * The hybrid of run-length encoding and bit packing that levels and dictionary indices are stored in (Parquet format,
 * Encodings.md, "RLE = 3"). All functions write at a position of the buffer and return the position after.
 */

/** Bits that `value` needs; 0 for 0. */
export function bitWidth(value: number): number {
  return 32 - Math.clz32(value);
}

/** The most bytes that `encodeHybrid` writes for `count` values. */
export function hybridBound(count: number, width: number): number {
  // Runs are only written where they are shorter than packed values, up to their headers.
  return Math.ceil(count / 8) * (width + 1) + 32;
}

/** `count` times the same value. */
export function encodeRun(out: PageBuffer, at: number, value: number, count: number, width: number): number {
  const position = varint(out.bytes, at, count * 2);
  return littleEndian(out.bytes, position, value, (width + 7) >> 3);
}

/** The first `count` bits of a bitmap, as values of one bit. */
export function encodeBitmap(out: PageBuffer, at: number, bitmap: Uint8Array, count: number): number {
  const byteCount = (count + 7) >> 3;
  const position = varint(out.bytes, at, byteCount * 2 + 1);
  copyBits(bitmap, count, out.bytes, position);
  return position + byteCount;
}

/** Copies the first `count` bits of a bitmap and clears the rest of the last byte. */
export function copyBits(bitmap: Uint8Array, count: number, out: Uint8Array, at: number): void {
  const byteCount = (count + 7) >> 3;
  out.set(bitmap.length === byteCount ? bitmap : bitmap.subarray(0, byteCount), at);
  if ((count & 7) !== 0) {
    out[at + byteCount - 1]! &= (1 << (count & 7)) - 1;
  }
}

/**
 * The first `count` values, each below 2^width; width is 1 … 24. The buffer must have room for `hybridBound` bytes.
 */
export function encodeHybrid(
  out: PageBuffer,
  at: number,
  kernels: PageKernels,
  values: Int32Array,
  count: number,
  width: number,
): number {
  const from = kernels.out.reserve(4 * count + hybridBound(count, width));
  kernels.words.set(values.subarray(0, count), from >> 2);
  return hybrid(out, at, kernels, from, count, width, from + 4 * count);
}

/** The first `count` indices of the page at work, in the same way. */
export function encodeIndices(
  out: PageBuffer,
  at: number,
  kernels: PageKernels,
  count: number,
  width: number,
): number {
  const to = kernels.out.reserve(hybridBound(count, width));
  return hybrid(out, at, kernels, kernels.indices.address, count, width, to);
}

/** Has the kernel encode at `to`, and copies the result. */
function hybrid(
  out: PageBuffer,
  at: number,
  { exports, bytes }: PageKernels,
  values: number,
  count: number,
  width: number,
  to: number,
): number {
  const end = exports.hybrid(values, count, width, to);
  out.bytes.set(bytes.subarray(to, end), at);
  return at + end - to;
}

/** Unsigned LEB128; `value` is below 2^32. */
export function varint(bytes: Uint8Array, at: number, value: number): number {
  let position = at;
  let rest = value >>> 0;
  while (rest > 0x7f) {
    bytes[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[position++] = rest;
  return position;
}

function littleEndian(bytes: Uint8Array, at: number, value: number, byteCount: number): number {
  for (let i = 0; i < byteCount; i++) {
    bytes[at + i] = value >>> (8 * i);
  }
  return at + byteCount;
}
