/**
 * Cuts byte strings that are too long for statistics. In UTF-8 they are cut between code points, so that bounds of
 * text are text; bytewise order and code point order agree there.
 */

/** A lower bound: the value's beginning. Returns its length; the bytes are written to `out`. */
export function truncateMin(value: Uint8Array, out: Uint8Array, limit: number, utf8: boolean): number {
  const length = value.length <= limit ? value.length : utf8 ? codePointStart(value, limit) : limit;
  for (let i = 0; i < length; i++) {
    out[i] = value[i]!;
  }
  return length;
}

/** An upper bound: the value's beginning, made greater by one in its last place. −1 where no such bound exists. */
export function truncateMax(value: Uint8Array, out: Uint8Array, limit: number, utf8: boolean): number {
  const length = truncateMin(value, out, limit, utf8);
  if (length === value.length) {
    return length;
  }
  return utf8 ? incrementText(out, length) : incrementBytes(out, length);
}

function incrementBytes(bytes: Uint8Array, length: number): number {
  for (let last = length - 1; last >= 0; last--) {
    if (bytes[last] !== 0xff) {
      bytes[last]!++;
      return last + 1;
    }
  }
  return -1;
}

/** Increments the last code point that has a successor of the same encoded length, and drops those behind it. */
function incrementText(bytes: Uint8Array, length: number): number {
  let end = length;
  while (end > 0) {
    const start = codePointStart(bytes, end - 1);
    if (incrementCodePoint(bytes, start, end)) {
      return end;
    }
    end = start;
  }
  return -1;
}

/** The start of the code point that the byte at `at` belongs to. */
function codePointStart(bytes: Uint8Array, at: number): number {
  let start = at;
  while (start > 0 && (bytes[start]! & 0xc0) === 0x80) {
    start--;
  }
  return start;
}

function incrementCodePoint(bytes: Uint8Array, start: number, end: number): boolean {
  const size = end - start;
  if (size === 1) {
    if (bytes[start]! >= 0x7f) {
      return false;
    }
    bytes[start]!++;
    return true;
  }
  let codePoint = bytes[start]! & (0x7f >> size);
  for (let i = start + 1; i < end; i++) {
    codePoint = (codePoint << 6) | (bytes[i]! & 0x3f);
  }
  codePoint++;
  if (codePoint === 0xd800) {
    codePoint = 0xe000; // surrogates are no characters
  }
  const beyond = size === 2 ? 0x800 : size === 3 ? 0x10000 : 0x110000;
  if (codePoint >= beyond) {
    return false;
  }
  for (let i = end - 1; i > start; i--) {
    bytes[i] = 0x80 | (codePoint & 0x3f);
    codePoint >>= 6;
  }
  bytes[start] = ((0xf00 >> size) & 0xff) | codePoint;
  return true;
}
