import { begin, length, OFFSETS, SPAN } from './layout';

/** Where `memory.copy`, a call, becomes faster than a loop of vectors. */
const LONG: i32 = 256;

/**
 * Copies values of any length, one behind the other, and notes in `OFFSETS` where each ends, counted from `first`. Returns
 * the number of bytes; −1 where a value does not begin with the byte `version`, which is left out (−1: there is none).
 */
export function bytes(spans: usize, count: i32, out: usize, first: i32, version: f64, _y: f64): i32 {
  const skipped = version < 0 ? 0 : 1;
  const delta = first - <i32>out;
  let to = out;
  for (let i = 0; i < count; i++) {
    const span = spans + <usize>i * SPAN;
    const n = length(span) - skipped;
    if (n >= 0) {
      const from = begin(span) + skipped;
      if (skipped !== 0 && load<u8>(from - 1) !== <u8>version) return -1;
      if (n > LONG) memory.copy(to, from, n);
      // May write beyond the value, which the next one overwrites.
      else for (let at = 0; at < n; at += 16) v128.store(to + at, v128.load(from + at));
      to += n;
    } else if (length(span) >= 0) {
      return -1;
    }
    store<i32>(OFFSETS + ((<usize>i) << 2), <i32>to + delta);
  }
  return <i32>(to - out);
}
