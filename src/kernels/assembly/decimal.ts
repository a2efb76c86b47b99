import { begin, length, SPAN } from './layout';

/** ndigits, weight, sign, dscale: int16 each; then the base-10000 digits (Postgres source: utils/adt/numeric.c, numeric_send). */
const HEADER: usize = 8;
const NEGATIVE: u32 = 0x4000;

/** 10^0 … 10^18, and 10^−0 … 10^−3. */
const POWERS = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
  1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
  1000000000000000000,
]);
const FRACTIONS = memory.data<f64>([1, 1e-1, 1e-2, 1e-3]);

function power(exponent: i32): u64 {
  return load<u64>(POWERS + ((<usize>exponent) << 3));
}

/**
 * Numerics as 128-bit integers that count 10^−`scale`. Left to the program (−1): more than four digits to the base of
 * 10000, more than 18 decimal ones, what is not exact, and all that is not a number.
 */
export function decimals(spans: usize, count: i32, out: usize, _at: i32, precision: f64, scale: f64): i32 {
  const bound = power(min(<i32>precision, 18));
  for (let i = 0; i < count; i++, out += 16) {
    const span = spans + <usize>i * SPAN;
    const n = length(span);
    if (n < 0) continue;
    if (!decimal(begin(span), n, out, bound, <i32>scale)) return -1;
  }
  return 0;
}

function decimal(p: usize, n: i32, out: usize, bound: u64, scale: i32): bool {
  const header = bswap<u64>(load<u64>(p));
  const digits = <i32>(header >> 48);
  const weight = <i32>(<i16>(header >> 32));
  const sign = <u32>(header >> 16) & 0xffff;
  if (digits > 4 || n !== <i32>HEADER + 2 * digits || (sign & ~NEGATIVE) !== 0) return false;
  // The digits count 10000^(weight − digits + 1).
  const shift = 4 * (weight - digits + 1) + scale;
  let value = digits === 0 ? 0 : wholeNumber(bswap<u64>(load<u64>(p + HEADER)) >> (64 - 16 * digits));
  if (value < 0) return false;
  if (shift > 0) {
    if (value !== 0 && (shift > 18 || <f64>value * <f64>power(shift) >= 2e18)) return false;
    if (value !== 0) value *= power(shift);
  } else if (shift < 0 && value !== 0) {
    if (shift < -3) return false;
    const quotient = <i64>nearest<f64>(<f64>value * load<f64>(FRACTIONS + ((<usize>-shift) << 3)));
    if (quotient * power(-shift) !== value) return false;
    value = quotient;
  }
  if (<u64>value >= bound) return false;
  if (sign !== 0) value = -value;
  store<i64>(out, value);
  store<i64>(out, value >> 63, 8);
  return true;
}

/** Four digits of 16 bits each, the last one lowest, as a number; negative where one is above 9999. */
function wholeNumber(digits: u64): i64 {
  const a = <i64>(digits >> 48);
  const b = <i64>((digits >> 32) & 0xffff);
  const c = <i64>((digits >> 16) & 0xffff);
  const d = <i64>(digits & 0xffff);
  const value = (a * 10000 + b) * 100000000 + (c * 10000 + d);
  return ((9999 - a) | (9999 - b) | (9999 - c) | (9999 - d)) < 0 ? -1 : value;
}
