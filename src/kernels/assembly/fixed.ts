import { begin, length, SPAN } from './layout';

/** Kernels for values of one width; they return 0, or −1 for a value that is left to the program. What NULLs become is unspecified. */

/** Big-endian words of 2, 4 and 8 bytes, plus `added`, which must not make them overflow; the values of infinity are left out. */
export function words2(spans: usize, count: i32, out: usize, _at: i32, _x: f64, _y: f64): i32 {
  for (let i = 0; i < count; i++)
    store<u16>(out + ((<usize>i) << 1), bswap<u16>(load<u16>(begin(spans + <usize>i * SPAN))));
  return 0;
}

export function words4(spans: usize, count: i32, out: usize, _at: i32, _x: f64, _y: f64): i32 {
  for (let i = 0; i < count; i++)
    store<u32>(out + ((<usize>i) << 2), bswap<u32>(load<u32>(begin(spans + <usize>i * SPAN))));
  return 0;
}

export function words8(spans: usize, count: i32, out: usize, _at: i32, _x: f64, _y: f64): i32 {
  for (let i = 0; i < count; i++)
    store<u64>(out + ((<usize>i) << 3), bswap<u64>(load<u64>(begin(spans + <usize>i * SPAN))));
  return 0;
}

/** int32 plus `added`, a positive number. Left out: the greatest and the least, which stand for infinity, and what overflows. */
export function shifted4(spans: usize, count: i32, out: usize, _at: i32, added: f64, _y: f64): i32 {
  const by = <i32>added;
  let odd = 0;
  for (let i = 0; i < count; i++) {
    const span = spans + <usize>i * SPAN;
    const value = bswap<i32>(load<i32>(begin(span)));
    odd |= i32(value > i32.MAX_VALUE - by || value === i32.MIN_VALUE) & i32(length(span) >= 0);
    store<i32>(out + ((<usize>i) << 2), value + by);
  }
  return -odd;
}

/** The same for int64. */
export function shifted8(spans: usize, count: i32, out: usize, _at: i32, added: f64, _y: f64): i32 {
  const by = <i64>added;
  let odd = 0;
  for (let i = 0; i < count; i++) {
    const span = spans + <usize>i * SPAN;
    const value = bswap<i64>(load<i64>(begin(span)));
    odd |= i32(value > i64.MAX_VALUE - by || value === i64.MIN_VALUE) & i32(length(span) >= 0);
    store<i64>(out + ((<usize>i) << 3), value + by);
  }
  return -odd;
}

/** 16 bytes as they come. */
export function bytes16(spans: usize, count: i32, out: usize, _at: i32, _x: f64, _y: f64): i32 {
  for (let i = 0; i < count; i++)
    v128.store(out + ((<usize>i) << 4), v128.load(begin(spans + <usize>i * SPAN)));
  return 0;
}
