import { begin, length, SPAN } from './layout';

/** ndigits, weight, sign, dscale: int16 each; then the base-10000 digits (Postgres source: utils/adt/numeric.c, numeric_send). */
export const HEADER: i32 = 8;
/** The sign 0x4000, in the order of its bytes. */
export const NEGATIVE_BIT: i32 = 6;
export const NEGATIVE: i32 = 1 << NEGATIVE_BIT;
/** Digits to the base of 10000 that are looked at, as a vector; their places are the same for all values of a column. */
const PLACES: i32 = 8;

/** 10^0 … 10^18. */
const POWERS = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
  1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
  1000000000000000000,
]);
/** 16 bytes from the middle on less 2n: a mask of the first n digits. */
const FIRST = memory.data<u64>([-1, -1, 0, 0]);
/** 16 bytes from the middle on less 2n: which byte comes where, to put big-endian digits n places further down. */
const MOVED = memory.data<u64>([-1, -1, 0x0607040502030001, 0x0e0f0c0d0a0b0809]);
const MIDDLE: usize = 16;

function power(exponent: i32): u64 {
  return load<u64>(POWERS + ((<usize>exponent) << 3));
}

/**
 * Numerics as 128-bit integers that count 10^−`scale`. Left to the program (−1): more than 18 decimal digits, what is
 * beyond `precision` or not exact, and all that is not a number. Without branches but for NULLs: digits vary too much to
 * be predicted (measured: half of the time).
 */
export function decimals(spans: usize, count: i32, out: usize, _at: i32, precision: f64, scale: f64): i32 {
  const most = power(min(<i32>precision, 18)) - 1;
  const fraction = (<i32>scale + 3) >> 2;
  const top = PLACES - 1 - fraction;
  // The last place has so many decimal digits too many, zeros all.
  const dropped = 4 * fraction - <i32>scale;
  const divisor = power(dropped);
  const inverse: u64 = (1 << 32) / divisor + 1;
  const unit = power(4 - dropped);
  const greatest = <i32>power(2 + dropped) - 1;
  // What must be zero, and what must not be negative, of all values together.
  let odd = 0;
  let room: i64 = 0;
  let above = i16x8.splat(0);
  for (let i = 0; i < count; i++, out += 16) {
    const span = spans + <usize>i * SPAN;
    const n = length(span);
    if (n < 0) continue;
    const p = begin(span);
    const header = load<u64>(p);
    const digits = <i32>(header >> 8) & 0xff;
    const weight = <i32>bswap<i16>(<i16>(header >> 16));
    const sign = <i32>(header >> 32) & 0xffff;
    odd |= (n ^ (HEADER + 2 * digits)) | (<i32>header & 0xff) | (sign & ~NEGATIVE);
    const x = places(p + HEADER, min(digits, PLACES), max(min(top - weight, PLACES), 0));
    above = v128.or(above, i16x8.gt_u(x, i16x8.splat(9999)));
    const pairs = i32x4.dot_i16x8_s(x, i16x8(10000, 1, 10000, 1, 10000, 1, 10000, 1));
    const high = i32x4.extract_lane(pairs, 1);
    const last = <u64>i16x8.extract_lane_u(x, 7);
    const quotient = (last * inverse) >> 32;
    odd |= i32x4.extract_lane(pairs, 0) | <i32>((quotient * divisor) ^ last);
    const head =
      (<u64>high * 100000000 + <u64>i32x4.extract_lane(pairs, 2)) * 10000 + <u64>i16x8.extract_lane_u(x, 6);
    const value = head * unit + quotient;
    room |= <i64>((PLACES - digits) | (top - weight) | (weight - digits + 1 + fraction) | (greatest - high));
    room |= <i64>(most - value);
    const mask = -(<i64>(sign >> NEGATIVE_BIT));
    store<i64>(out, (<i64>value ^ mask) - mask);
    store<i64>(out, ((<i64>value ^ mask) - mask) >> 63, 8);
  }
  return odd === 0 && room >= 0 && !v128.any_true(above) ? 0 : -1;
}

/** The first `digits` of the big-endian digits at `p`, `down` places further down. */
function places(p: usize, digits: i32, down: i32): v128 {
  const known = v128.and(v128.load(p), v128.load(FIRST + MIDDLE - 2 * <usize>digits));
  return i8x16.swizzle(known, v128.load(MOVED + MIDDLE - 2 * <usize>down));
}
