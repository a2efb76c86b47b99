/** Whole numbers as integers of any width. */
import { numericToDecimal } from '../binary/numeric.ts';
import type { Unrepresentable } from '../pg-type.ts';
import { textToDecimal } from '../text/decimals.ts';
import { isInteger } from '../text/integers.ts';

/** More digits than any integer has. */
const PRECISION = 38;

const one = new BigInt64Array(1);
const oneWords = new Int32Array(one.buffer);
/** A decimal128. */
const halves = new BigInt64Array(2);
const halvesWords = new Int32Array(halves.buffer);

/** Stores an integer in so many bits, two's complement if it is signed; or says why not. */
export function storeInteger(
  values: Int16Array | Int32Array,
  slot: number,
  value: bigint,
  bitWidth: number,
  signed: boolean,
): Unrepresentable | null {
  const wrapped = signed ? BigInt.asIntN(bitWidth, value) : BigInt.asUintN(bitWidth, value);
  if (wrapped !== value) return 'outOfRange';
  if (bitWidth === 64) {
    one[0] = value;
    values[2 * slot] = oneWords[0]!;
    values[2 * slot + 1] = oneWords[1]!;
  } else values[slot] = Number(value);
  return null;
}

/** Stores the integer written at `b[p … p + n]`, or says why not. */
export function integerToInteger(
  values: Int16Array | Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
  bitWidth: number,
  signed: boolean,
): Unrepresentable | null {
  return isInteger(b, p, n) ? textToInteger(values, slot, b, p, n, bitWidth, signed) : 'malformed';
}

/** Stores the number written at `b[p … p + n]`, or says why not. */
export function textToInteger(
  values: Int16Array | Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
  bitWidth: number,
  signed: boolean,
): Unrepresentable | null {
  return textToDecimal(halvesWords, 0, b, p, n, PRECISION, 0) ?? storeWide(values, slot, bitWidth, signed);
}

/** Stores a numeric, or says why not. */
export function numericToInteger(
  values: Int16Array | Int32Array,
  slot: number,
  v: DataView,
  p: number,
  n: number,
  bitWidth: number,
  signed: boolean,
): Unrepresentable | null {
  return numericToDecimal(halvesWords, 0, v, p, n, PRECISION, 0) ?? storeWide(values, slot, bitWidth, signed);
}

/** Stores the decimal128 in `halves`. */
function storeWide(
  values: Int16Array | Int32Array,
  slot: number,
  bitWidth: number,
  signed: boolean,
): Unrepresentable | null {
  const value = (halves[1]! << 64n) | BigInt.asUintN(64, halves[0]!);
  return storeInteger(values, slot, value, bitWidth, signed);
}
