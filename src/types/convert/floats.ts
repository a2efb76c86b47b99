import { BytesBuilder } from '../../columns/builders.ts';
/** Numbers as the floats nearest to them. */
import { numericToText } from '../binary/numeric.ts';
import type { Unrepresentable } from '../pg-type.ts';
import {
  beginsFinite,
  storeFloat32,
  storeFloat64,
  storeNearestFloat32,
  storeNearestFloat64,
} from '../text/floats.ts';
import { isInteger } from '../text/integers.ts';

const double = new Float64Array(1);
const doubleWords = new Int32Array(double.buffer);
const single = new Float32Array(1);
const singleWord = new Int32Array(single.buffer);

/** Stores a number as a double. */
export function storeDouble(words: Int32Array, slot: number, value: number): void {
  double[0] = value;
  words[2 * slot] = doubleWords[0]!;
  words[2 * slot + 1] = doubleWords[1]!;
}

/** Stores the float nearest to a number, or says why not. */
export function storeSingle(words: Int32Array, slot: number, value: number): Unrepresentable | null {
  single[0] = value;
  words[slot] = singleWord[0]!;
  return Math.abs(single[0]) === Infinity && Math.abs(value) !== Infinity ? 'outOfRange' : null;
}

/** Stores the float4 written at `b[p … p + n]` as the double that it is; false if it is none. */
export function float4ToFloat64(
  words: Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
): boolean {
  if (!storeFloat32(singleWord, 0, b, p, n)) return false;
  storeDouble(words, slot, single[0]!);
  return true;
}

/** Stores the integer written at `b[p … p + n]` as the double nearest to it; false if it is none. */
export function integerToFloat64(
  words: Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
): boolean {
  return isInteger(b, p, n) && storeFloat64(words, slot, b, p, n);
}

/** Stores the float8 written at `b[p … p + n]` as the float nearest to it, or says why not. */
export function float8ToFloat32(
  words: Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
): Unrepresentable | null {
  return storeFloat64(doubleWords, 0, b, p, n) ? storeSingle(words, slot, double[0]!) : 'malformed';
}

/** Stores the numeric written at `b[p … p + n]` as the double nearest to it, or says why not. */
export function textToFloat64(
  words: Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
): Unrepresentable | null {
  if (!storeNearestFloat64(doubleWords, 0, b, p, n)) return 'malformed';
  words[2 * slot] = doubleWords[0]!;
  words[2 * slot + 1] = doubleWords[1]!;
  return Math.abs(double[0]!) === Infinity && beginsFinite(b, p) ? 'outOfRange' : null;
}

/** Stores the numeric written at `b[p … p + n]` as the float nearest to it, or says why not. */
export function textToFloat32(
  words: Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
): Unrepresentable | null {
  if (!storeNearestFloat32(singleWord, 0, b, p, n)) return 'malformed';
  words[slot] = singleWord[0]!;
  return Math.abs(single[0]!) === Infinity && beginsFinite(b, p) ? 'outOfRange' : null;
}

/** Memory for one text at a time. */
const text = new BytesBuilder(0);

/** Stores the double nearest to a numeric, or says why not. */
export function numericToFloat64(
  words: Int32Array,
  slot: number,
  v: DataView,
  p: number,
  n: number,
): Unrepresentable | null {
  text.end = 0;
  return numericToText(text, v, p, n) ? textToFloat64(words, slot, text.data, 0, text.end) : 'malformed';
}

/** Stores the float nearest to a numeric, or says why not. */
export function numericToFloat32(
  words: Int32Array,
  slot: number,
  v: DataView,
  p: number,
  n: number,
): Unrepresentable | null {
  text.end = 0;
  return numericToText(text, v, p, n) ? textToFloat32(words, slot, text.data, 0, text.end) : 'malformed';
}
