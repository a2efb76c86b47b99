import type { PageBuffer } from '../memory/page-buffer.ts';
import { encodeDeltas32 } from './delta-binary-packed.ts';

/** Lengths and prefixes of a page's values; they grow, and are used by one page at a time. */
let lengths = new Int32Array(0);
let prefixes = new Int32Array(0);

function reserve(count: number): void {
  if (count > lengths.length) {
    lengths = new Int32Array(count);
    prefixes = new Int32Array(count);
  }
}

/**
 * DELTA_LENGTH_BYTE_ARRAY (Parquet format, Encodings.md): all lengths as deltas, then all bytes. Writes at a position
 * and returns the position after; there is at least one value.
 */
export function encodeDeltaLengths(
  out: PageBuffer,
  at: number,
  source: DataView,
  offsets: Int32Array,
  count: number,
): number {
  reserve(count);
  for (let i = 0; i < count; i++) {
    lengths[i] = offsets[i + 1]! - offsets[i]!;
  }
  const position = encodeDeltas32(out, at, lengths, count);
  const from = offsets[0]!;
  const length = offsets[count]! - from;
  out.bytes.set(new Uint8Array(source.buffer, source.byteOffset + from, length), position);
  return position + length;
}

/**
 * DELTA_BYTE_ARRAY (Parquet format, Encodings.md, "Delta Strings"): how many bytes each value shares with the one
 * before, as deltas, then the rest of each in DELTA_LENGTH_BYTE_ARRAY.
 */
export function encodeDeltaStrings(
  out: PageBuffer,
  at: number,
  source: DataView,
  offsets: Int32Array,
  count: number,
): number {
  reserve(count);
  lengths[0] = offsets[1]! - offsets[0]!;
  prefixes[0] = 0;
  for (let i = 1; i < count; i++) {
    const from = offsets[i]!;
    const length = offsets[i + 1]! - from;
    const before = offsets[i - 1]!;
    const prefix = commonPrefix(source, before, from, Math.min(length, from - before));
    prefixes[i] = prefix;
    lengths[i] = length - prefix;
  }
  let position = encodeDeltas32(out, at, prefixes, count);
  position = encodeDeltas32(out, position, lengths, count);
  for (let i = 0; i < count; i++) {
    position = copyBytes(out.bytes, position, source, offsets[i]! + prefixes[i]!, lengths[i]!);
  }
  return position;
}

/** How many of the first `limit` bytes at both places are the same. */
function commonPrefix(source: DataView, a: number, b: number, limit: number): number {
  let length = 0;
  while (length + 4 <= limit && source.getInt32(a + length) === source.getInt32(b + length)) {
    length += 4;
  }
  while (length < limit && source.getUint8(a + length) === source.getUint8(b + length)) {
    length++;
  }
  return length;
}

/** Copies what is left of a value, a few bytes as a rule, and returns the position after. */
function copyBytes(bytes: Uint8Array, at: number, source: DataView, from: number, length: number): number {
  if (length > 32) {
    bytes.set(new Uint8Array(source.buffer, source.byteOffset + from, length), at);
  } else {
    for (let i = 0; i < length; i++) {
      bytes[at + i] = source.getUint8(from + i);
    }
  }
  return at + length;
}
