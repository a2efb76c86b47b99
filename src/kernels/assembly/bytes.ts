import { begin, length, OFFSETS, SPAN } from './layout';

/** Where `memory.copy`, a call, becomes faster than a loop of vectors. */
const LONG: i32 = 256;

/** Copies `n` bytes, and may write 15 bytes beyond them. */
function copy(to: usize, from: usize, n: i32): void {
  if (n > LONG) memory.copy(to, from, n);
  else for (let at = 0; at < n; at += 16) v128.store(to + at, v128.load(from + at));
}

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
      copy(to, from, n);
      to += n;
    } else if (length(span) >= 0) {
      return -1;
    }
    store<i32>(OFFSETS + ((<usize>i) << 2), <i32>to + delta);
  }
  return <i32>(to - out);
}

/**
 * PLAIN encoding of byte strings, each behind its length in four bytes (Parquet format, Encodings.md, "Plain"): value i lies
 * at `data` + offsets[i] … offsets[i + 1], int32. Returns where the result ends.
 */
export function plain(data: usize, offsets: usize, count: i32, out: usize): usize {
  let from = data + load<i32>(offsets);
  for (let i = 0; i < count; i++) {
    const end = data + load<i32>(offsets + ((<usize>i) << 2), 4);
    const n = <i32>(end - from);
    store<i32>(out, n);
    copy(out + 4, from, n);
    out += 4 + n;
    from = end;
  }
  return out;
}
