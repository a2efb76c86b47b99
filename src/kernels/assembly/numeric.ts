import { HEADER, NEGATIVE, NEGATIVE_BIT } from './decimal';
import { begin, length, OFFSETS, SPAN, STAGE_BYTES } from './layout';

/** More than a sign, the first group, a point, and digits of the last group beyond the scale. */
const ROOM: i32 = 16;

/**
 * Texts of numerics, as `numeric_out` prints them, one behind the other; notes in `OFFSETS` where each ends, counted from
 * `first`. Returns the number of bytes. Left to the program (−1): all that is not a number, and texts that are too long
 * together.
 */
export function numerics(spans: usize, count: i32, out: usize, first: i32, _x: f64, _y: f64): i32 {
  const delta = first - <i32>out;
  let to = out;
  // Negative once a group was none.
  let groups = 0;
  for (let i = 0; i < count; i++) {
    const span = spans + <usize>i * SPAN;
    const n = length(span);
    if (n >= 0) {
      const p = begin(span);
      const digits = field(p, 0);
      const weight = <i32>(<i16>field(p, 2));
      const sign = <i32>load<u16>(p, 4);
      const scale = field(p, 6);
      const odd = (n ^ (HEADER + 2 * digits)) | (digits >> 15) | (scale >> 14) | (sign & ~NEGATIVE);
      const room = ROOM + 4 * max(weight, 0) + scale;
      if (odd !== 0 || <i32>(to - out) + room > STAGE_BYTES) return -1;
      store<u8>(to, 0x2d);
      to += sign >> NEGATIVE_BIT;
      const x = weight >= 0 && digits > 0 ? field(p, HEADER) : 0;
      groups |= 9999 - x;
      const width = 1 + <i32>(x > 9) + <i32>(x > 99) + <i32>(x > 999);
      store<u32>(to, digitsOf(x) >> (8 * (4 - width)));
      to += width;
      for (let d = 1; d <= weight; d++, to += 4) groups |= put(to, p, d, digits);
      if (scale > 0) {
        store<u8>(to++, 0x2e);
        const end = to + scale;
        // Up to three digits more than the scale says, which the next value overwrites.
        for (let d = weight + 1; to < end; d++, to += 4) groups |= put(to, p, d, digits);
        to = end;
      }
      if (groups < 0) return -1;
    }
    store<i32>(OFFSETS + ((<usize>i) << 2), <i32>to + delta);
  }
  return <i32>(to - out);
}

function field(p: usize, at: usize): i32 {
  return <i32>bswap<u16>(load<u16>(p + at));
}

/** Writes the digits of group `d` of the numeric at `p`, which has `digits` groups; returns a negative number if that is none. */
function put(to: usize, p: usize, d: i32, digits: i32): i32 {
  const x = <u32>d < <u32>digits ? field(p, HEADER + 2 * d) : 0;
  store<u32>(to, digitsOf(x));
  return 9999 - x;
}

/** The four decimal digits of a number below 10000 as ASCII, the first one in the lowest byte: two, then four divisions at once. */
function digitsOf(x: i32): u32 {
  const hundreds = (x * 5243) >> 19;
  const pairs = hundreds | ((x - hundreds * 100) << 16);
  const tens = ((pairs * 103) >> 10) & 0x000f000f;
  return (tens | ((pairs - tens * 10) << 8)) + 0x30303030;
}
