import type { BytesBuilder } from '../../columns/builders.ts';
import { DecimalAccumulator } from '../decimal.ts';
import type { Unrepresentable } from '../pg-type.ts';

/** Signs of a numeric on the wire (Postgres source: utils/adt/numeric.c, numeric_send). */
const POSITIVE = 0x0000;
const NEGATIVE = 0x4000;
const NAN = 0xc000;
const POSITIVE_INFINITY = 0xd000;
const NEGATIVE_INFINITY = 0xf000;

/** ndigits, weight, sign, dscale: int16 each; then the base-10000 digits, of which the first counts 10000^weight. */
const HEADER = 8;
const MAX_SCALE = 16_383;

/** 10^−3 … 10^3. */
const POWERS = Float64Array.of(1e-3, 1e-2, 1e-1, 1, 1e1, 1e2, 1e3);
/** By precision 0 … 38: below it a whole number has no more digits, and is an int32. */
const BOUNDS = Float64Array.from({ length: 39 }, (_, precision) => Math.min(10 ** precision, 2 ** 31));

/** Where numericToText appends: a `BytesBuilder`, or scratch memory like one. */
export type TextTarget = Pick<BytesBuilder, 'data' | 'view' | 'end' | 'reserveBytes'>;

/** Appends a numeric's text to `out`, as `numeric_out` prints it. Returns false where the bytes are no numeric. */
export function numericToText(out: TextTarget, v: DataView, p: number, n: number): boolean {
  if (n < HEADER) return false;
  const digits = v.getInt16(p);
  const weight = v.getInt16(p + 2);
  const sign = v.getUint16(p + 4);
  const scale = v.getUint16(p + 6);
  if (digits < 0 || n !== HEADER + 2 * digits || scale > MAX_SCALE) return false;
  if (sign !== POSITIVE && sign !== NEGATIVE) return appendSpecial(out, sign);
  const first = p + HEADER;
  out.reserveBytes(8 + 4 * Math.max(weight + 1, 1) + scale);
  const { data, view } = out;
  let at = out.end;
  if (sign === NEGATIVE) data[at++] = 0x2d;
  if (weight < 0) data[at++] = 0x30;
  for (let d = 0; d <= weight; d++) {
    const group = d < digits ? v.getUint16(first + 2 * d) : 0;
    if (group > 9999) return false;
    if (d === 0) {
      // The first group: without leading zeros, but at least one digit.
      const width = group > 999 ? 4 : group > 99 ? 3 : group > 9 ? 2 : 1;
      view.setUint32(at, digitsOf(group) >>> (8 * (4 - width)), true);
      at += width;
    } else {
      view.setUint32(at, digitsOf(group), true);
      at += 4;
    }
  }
  if (scale > 0) {
    data[at++] = 0x2e;
    const end = at + scale;
    for (let d = weight + 1; at < end; d++, at += 4) {
      const group = d >= 0 && d < digits ? v.getUint16(first + 2 * d) : 0;
      if (group > 9999) return false;
      // Writes up to three digits beyond the scale, which the next value overwrites: cheaper than a loop by digit.
      view.setUint32(at, digitsOf(group), true);
    }
    at = end;
  }
  out.end = at;
  return true;
}

function appendSpecial(out: TextTarget, sign: number): boolean {
  const text =
    sign === NAN
      ? 'NaN'
      : sign === POSITIVE_INFINITY
        ? 'Infinity'
        : sign === NEGATIVE_INFINITY
          ? '-Infinity'
          : '';
  out.reserveBytes(text.length);
  for (let i = 0; i < text.length; i++) out.data[out.end++] = text.charCodeAt(i);
  return text !== '';
}

/** The four decimal digits of a group as ASCII, the first one in the lowest byte: two, then four divisions at once. */
function digitsOf(group: number): number {
  const hundreds = (group * 5243) >> 19;
  const pairs = hundreds | ((group - hundreds * 100) << 16);
  const tens = ((pairs * 103) >> 10) & 0x000f000f;
  return (tens | ((pairs - tens * 10) << 8)) + 0x30303030;
}

const accumulator = new DecimalAccumulator();

/** Stores a numeric as a decimal128 of the given precision and scale, or says why not. */
export function numericToDecimal(
  words: Int32Array,
  slot: number,
  v: DataView,
  p: number,
  n: number,
  precision: number,
  scale: number,
): Unrepresentable | null {
  if (n < HEADER) return 'malformed';
  // Two reads for the four fields: each checks its bounds.
  const counts = v.getInt32(p);
  const digits = counts >> 16;
  const weight = (counts << 16) >> 16;
  const sign = v.getInt32(p + 4) >>> 16;
  if (digits < 0 || n !== HEADER + 2 * digits) return 'malformed';
  if (sign !== POSITIVE && sign !== NEGATIVE) {
    return sign === NAN || sign === POSITIVE_INFINITY || sign === NEGATIVE_INFINITY
      ? 'notANumber'
      : 'malformed';
  }
  // The digits count 10000^(weight − digits + 1).
  const shift = 4 * (weight - digits + 1) + scale;
  if (digits <= 3 && storeSmall(words, slot, v, p + HEADER, digits, shift, precision, sign === NEGATIVE))
    return null;
  accumulator.reset();
  for (let d = 0, at = p + HEADER; d < digits; d++, at += 2) {
    const group = v.getUint16(at);
    if (group > 9999) return 'malformed';
    accumulator.addGroup(group);
  }
  return accumulator.store(words, slot, shift, precision, sign === NEGATIVE);
}

/**
 * Stores what up to three groups make × 10^shift where that is a whole number of 31 bits and precise enough, as most are:
 * two thirds of the time of the general way (measured on lineitem), which all others are left to, with what is wrong.
 */
function storeSmall(
  words: Int32Array,
  slot: number,
  v: DataView,
  at: number,
  digits: number,
  shift: number,
  precision: number,
  negative: boolean,
): boolean {
  if (shift < -3 || shift > 3) return false;
  const first = digits > 0 ? v.getUint16(at) : 0;
  const second = digits > 1 ? v.getUint16(at + 2) : 0;
  const third = digits > 2 ? v.getUint16(at + 4) : 0;
  if (first > 9999 || second > 9999 || third > 9999) return false;
  const two = digits > 1 ? first * 10_000 + second : first;
  const value = digits > 2 ? two * 10_000 + third : two;
  const rounded = value * POWERS[shift + 3]! + 0.5;
  if (rounded >= BOUNDS[precision]!) return false;
  const whole = rounded | 0;
  if (shift < 0 && whole * POWERS[3 - shift]! !== value) return false;
  const extension = negative && whole !== 0 ? -1 : 0;
  words[4 * slot] = negative ? -whole : whole;
  words[4 * slot + 1] = words[4 * slot + 2] = words[4 * slot + 3] = extension;
  return true;
}
