import { DecimalAccumulator } from '../decimal.ts';
import type { Unrepresentable } from '../pg-type.ts';
import { isWord, wordBytes } from './words.ts';

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const UPPER_I = 0x49;
const UPPER_N = 0x4e;
const SPECIALS = ['NaN', 'Infinity', '-Infinity'].map(wordBytes);

const accumulator = new DecimalAccumulator();

/** Stores the numeric written at `b[p … p + n]` as a decimal128 of the given precision and scale, or says why not. */
export function textToDecimal(
  words: Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
  precision: number,
  scale: number,
): Unrepresentable | null {
  const stop = p + n;
  const negative = b[p] === MINUS;
  if (negative) p++;
  if (b[p] === UPPER_N || b[p] === UPPER_I) {
    const start = stop - n;
    return SPECIALS.some((special) => isWord(b, start, n, special)) ? 'notANumber' : 'malformed';
  }
  const first = p;
  accumulator.reset();
  let shift = scale;
  let seenPoint = false;
  /** Zeros of the fraction that no other digit has followed: numeric keeps any number of them. */
  let zeros = 0;
  for (; p < stop; p++) {
    const digit = b[p]! - ZERO;
    if (digit === 0 && seenPoint) zeros++;
    else if (digit >= 0 && digit <= 9) {
      if (seenPoint) shift -= zeros + 1;
      for (; zeros > 0; zeros--) accumulator.addDigit(0);
      accumulator.addDigit(digit);
    } else if (b[p] === POINT && !seenPoint) seenPoint = true;
    else return 'malformed';
  }
  if (p - first === (seenPoint ? 1 : 0)) return 'malformed';
  return accumulator.store(words, slot, shift, precision, negative);
}
