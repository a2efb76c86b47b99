/** Dates and timestamps as each other. */
import type { Unrepresentable } from '../pg-type.ts';
import { storeDate, storeTimestamp } from '../text/dates.ts';

const MICROS_PER_DAY = 86_400_000_000n;

const micros = new BigInt64Array(1);
const microsWords = new Int32Array(micros.buffer);
const day = new Int32Array(1);

/** Stores the midnight of a day, counted from 1970-01-01, as microseconds in two words; or says why not. */
export function storeMidnight(words: Int32Array, slot: number, days: number): Unrepresentable | null {
  const midnight = BigInt(days) * MICROS_PER_DAY;
  micros[0] = midnight;
  if (micros[0] !== midnight) return 'outOfRange';
  words[2 * slot] = microsWords[0]!;
  words[2 * slot + 1] = microsWords[1]!;
  return null;
}

/** Stores the midnight of the date written at `b[p … p + n]`, or says why not. */
export function dateToTimestamp(
  words: Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
): Unrepresentable | null {
  return storeDate(day, 0, b, p, n) ?? storeMidnight(words, slot, day[0]!);
}

/** Stores the day, counted from 1970-01-01, whose midnight is a timestamp in two words; or says why not. */
export function storeDay(days: Int32Array, slot: number, low: number, high: number): Unrepresentable | null {
  microsWords[0] = low;
  microsWords[1] = high;
  if (micros[0]! % MICROS_PER_DAY !== 0n) return 'inexact';
  days[slot] = Number(micros[0]! / MICROS_PER_DAY);
  return null;
}

/** Stores the day whose midnight the timestamp written at `b[p … p + n]` is, or says why not. */
export function timestampToDate(
  days: Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
): Unrepresentable | null {
  return storeTimestamp(microsWords, 0, b, p, n) ?? storeDay(days, slot, microsWords[0]!, microsWords[1]!);
}
