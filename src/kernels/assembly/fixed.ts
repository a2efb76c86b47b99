import { begin, length, SPAN } from './layout';

/** Kernels for values of one width; they return 0, or −1 for a value that is left to the program. What NULLs become is unspecified. */

/** Big-endian words. */
function words<T>(spans: usize, count: i32, out: usize): i32 {
  for (let i = 0; i < count; i++, spans += SPAN, out += sizeof<T>()) {
    store<T>(out, bswap<T>(load<T>(begin(spans))));
  }
  return 0;
}

export function words2(spans: usize, count: i32, out: usize, _at: i32, _x: f64, _y: f64): i32 {
  return words<u16>(spans, count, out);
}

export function words4(spans: usize, count: i32, out: usize, _at: i32, _x: f64, _y: f64): i32 {
  return words<u32>(spans, count, out);
}

export function words8(spans: usize, count: i32, out: usize, _at: i32, _x: f64, _y: f64): i32 {
  return words<u64>(spans, count, out);
}

/**
 * Big-endian integers plus a positive number. Left out: `least` and the greatest, which stand for infinity, and what is
 * above `most` and overflows.
 */
function shifted<T>(spans: usize, count: i32, out: usize, added: T, least: T, most: T): i32 {
  let odd = 0;
  for (let i = 0; i < count; i++, spans += SPAN, out += sizeof<T>()) {
    const value = bswap<T>(load<T>(begin(spans)));
    odd |= i32(value > most || value === least) & i32(length(spans) >= 0);
    store<T>(out, value + added);
  }
  return -odd;
}

export function shifted4(spans: usize, count: i32, out: usize, _at: i32, added: f64, _y: f64): i32 {
  return shifted<i32>(spans, count, out, <i32>added, i32.MIN_VALUE, i32.MAX_VALUE - <i32>added);
}

export function shifted8(spans: usize, count: i32, out: usize, _at: i32, added: f64, _y: f64): i32 {
  return shifted<i64>(spans, count, out, <i64>added, i64.MIN_VALUE, i64.MAX_VALUE - <i64>added);
}

/** 16 bytes as they come. */
export function bytes16(spans: usize, count: i32, out: usize, _at: i32, _x: f64, _y: f64): i32 {
  for (let i = 0; i < count; i++, spans += SPAN, out += 16) v128.store(out, v128.load(begin(spans)));
  return 0;
}
