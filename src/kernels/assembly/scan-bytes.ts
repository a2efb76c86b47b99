import { MAX, MIN } from './layout';

/** Bytes that are compared at a time. */
const WORD: usize = 8;

/**
 * The least and the greatest of byte strings, compared as unsigned bytes, for statistics: their numbers are written to `MIN`
 * and `MAX`, int32. String number n lies at `data` + offsets[n] … offsets[n + 1], int32, and 8 bytes can be read there,
 * whatever its length. Looked at are the `count` numbers at `list`, int32; without a list (0) the first ones.
 */
export function scanBytes(data: usize, offsets: usize, list: usize, count: i32): void {
  let least = numberAt(list, 0);
  let greatest = least;
  let low = prefixOf(data, offsets, least);
  let high = low;
  for (let i = 1; i < count; i++) {
    const n = numberAt(list, i);
    const prefix = prefixOf(data, offsets, n);
    if (prefix <= low && (prefix < low || isLess(data, offsets, n, least))) {
      least = n;
      low = prefix;
    }
    if (prefix >= high && (prefix > high || isLess(data, offsets, greatest, n))) {
      greatest = n;
      high = prefix;
    }
  }
  store<i32>(MIN, least);
  store<i32>(MAX, greatest);
}

function numberAt(list: usize, i: i32): i32 {
  return list === 0 ? i : load<i32>(list + ((<usize>i) << 2));
}

function offset(offsets: usize, n: i32): usize {
  return load<u32>(offsets + ((<usize>n) << 2));
}

/** The first eight bytes as a number that compares as they do; missing ones count as 0. */
function prefixOf(data: usize, offsets: usize, n: i32): u64 {
  const from = offset(offsets, n);
  return wordAt(data + from, offset(offsets, n + 1) - from);
}

/** The word at `p`, of which only so many bytes count. */
function wordAt(p: usize, length: usize): u64 {
  const word = bswap<u64>(load<u64>(p));
  if (length >= WORD) return word;
  return length === 0 ? 0 : word & (u64.MAX_VALUE << (64 - 8 * <u64>length));
}

function isLess(data: usize, offsets: usize, a: i32, b: i32): bool {
  let p = data + offset(offsets, a);
  let q = data + offset(offsets, b);
  const n = data + offset(offsets, a + 1) - p;
  const m = data + offset(offsets, b + 1) - q;
  const end = p + min(n, m);
  for (; p < end; p += WORD, q += WORD) {
    const x = wordAt(p, end - p);
    const y = wordAt(q, end - p);
    if (x !== y) return x < y;
  }
  return n < m;
}
