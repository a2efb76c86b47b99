import type { PageBuffer } from '../memory/page-buffer.ts';

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
  values: Int32Array,
  count: number,
  width: number,
): number {
  // A run costs up to four bytes and may cut a packed stretch in two.
  const shortestRun = Math.max(8, Math.ceil(32 / width));
  let position = at;
  let packedFrom = 0;
  // A run of eight fills one of these blocks of four: most of the others are passed over after one comparison.
  for (let block = 0; block + 4 <= count; block += 4) {
    const value = values[block]!;
    if (values[block + 3] !== value || values[block + 1] !== value || values[block + 2] !== value) {
      continue;
    }
    let start = block;
    while (start > packedFrom && values[start - 1] === value) {
      start--;
    }
    let end = block + 4;
    while (end < count && values[end] === value) {
      end++;
    }
    if (end - start >= shortestRun) {
      // Packed stretches have a multiple of 8 values: fill up the one before from this run.
      const runFrom = start + ((packedFrom - start) & 7);
      if (end - runFrom >= shortestRun) {
        if (runFrom > packedFrom) {
          position = pack(out, position, values, packedFrom, runFrom, width);
        }
        position = encodeRun(out, position, value, end - runFrom, width);
        packedFrom = end;
      }
    }
    block = (end & ~3) - 4;
  }
  return packedFrom < count ? pack(out, position, values, packedFrom, count, width) : position;
}

/** Bit-packs values; the last group of 8 is filled with zeros. */
function pack(
  out: PageBuffer,
  at: number,
  values: Int32Array,
  from: number,
  to: number,
  width: number,
): number {
  const { bytes, view } = out;
  const groups = (to - from + 7) >> 3;
  let position = varint(bytes, at, groups * 2 + 1);
  const end = position + groups * width;
  let word = 0;
  let bits = 0;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    word |= value << bits;
    bits += width;
    if (bits >= 32) {
      view.setInt32(position, word, true);
      position += 4;
      bits -= 32;
      word = value >>> (width - bits);
    }
  }
  while (position < end) {
    bytes[position++] = word;
    word >>>= 8;
  }
  return position;
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
