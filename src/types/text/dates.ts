import type { Unrepresentable } from '../pg-type.ts';
import { isWord, wordBytes } from './words.ts';

const ZERO = 0x30;
const DASH = 0x2d;
const SPACE = 0x20;
const COLON = 0x3a;
const POINT = 0x2e;
const PLUS = 0x2b;
const LOWER_I = 0x69;
const INFINITIES = ['infinity', '-infinity'].map(wordBytes);
const UPPER_B = 0x42;
const UPPER_C = 0x43;

/** The date that `parseDate` last read, as days since 1970-01-01, and where the text that was last read ended. */
let days = 0;
let end = 0;
/** The time of day that `parseTime` last read. */
let seconds = 0;
let micros = 0;

const SECONDS_PER_DAY = 86_400;

/** Stores a date in ISO style, `2026-11-23` or `4713-01-01 BC`, as days since 1970-01-01, or says why not. */
export function storeDate(
  values: Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
): Unrepresentable | null {
  const stop = p + n;
  const reason = parseDate(b, p, stop);
  if (reason !== null) return reason;
  if (end !== stop) return 'malformed';
  if (days > 0x7fffffff || days < -0x80000000) return 'outOfRange';
  values[slot] = days;
  return null;
}

/**
 * Stores a timestamp in ISO style, with `+00` if its zone is UTC, as microseconds since 1970-01-01 in two words, the
 * low one first, or says why not: `2026-11-23 12:34:56.789012`, `0044-03-15 00:00:00+00 BC`.
 */
export function storeTimestamp(
  words: Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
): Unrepresentable | null {
  const stop = p + n;
  const reason = parseDate(b, p, stop);
  if (reason !== null) return reason;
  p = end;
  if (b[p] !== SPACE || !parseTime(b, p + 1, stop) || seconds === SECONDS_PER_DAY) return 'malformed';
  p = end;
  if (p + 3 <= stop && b[p] === PLUS && b[p + 1] === ZERO && b[p + 2] === ZERO) p += 3;
  if (p !== stop && !(isBc(b, p, stop) && p + 3 === stop)) return 'malformed';
  return storeMicros(words, slot, days * SECONDS_PER_DAY + seconds, micros);
}

/** Stores a time of day, `12:34:56.789012`, as microseconds since midnight in two words, the low one first, or says why not. */
export function storeTime(
  words: Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
): Unrepresentable | null {
  if (!parseTime(b, p, p + n) || end !== p + n) return 'malformed';
  return seconds === SECONDS_PER_DAY ? 'endOfDay' : storeMicros(words, slot, seconds, micros);
}

/** Reads a time of day; sets `seconds`, `micros` and `end`. */
function parseTime(b: Uint8Array, p: number, stop: number): boolean {
  if (b[p + 2] !== COLON || b[p + 5] !== COLON) return false;
  const minute = twoDigits(b, p + 3);
  const second = twoDigits(b, p + 6);
  if (!(minute < 60 && second < 60)) return false;
  seconds = 3600 * twoDigits(b, p) + 60 * minute + second;
  micros = 0;
  p += 8;
  if (p < stop && b[p] === POINT) {
    let unit = 100_000;
    for (p++; p < stop && isDigit(b[p]!); p++) {
      if (unit < 1) return false;
      micros += unit * (b[p]! - ZERO);
      unit /= 10;
    }
  }
  end = p;
  return p <= stop && (seconds < SECONDS_PER_DAY || (seconds === SECONDS_PER_DAY && micros === 0));
}

/** Stores whole × 10^6 + fraction microseconds; the product does not fit a double, so it is summed from halves. */
function storeMicros(
  words: Int32Array,
  slot: number,
  whole: number,
  fraction: number,
): Unrepresentable | null {
  const high = Math.floor(whole / 0x100000);
  const low = (whole - high * 0x100000) * 1e6 + fraction;
  // whole × 10^6 = high × 10^6 × 2^20 + low
  const scaled = high * 1e6;
  const scaledHigh = Math.floor(scaled / 0x1000);
  const sum = (scaled - scaledHigh * 0x1000) * 0x100000 + low;
  const carry = Math.floor(sum / 0x100000000);
  const highWord = scaledHigh + carry;
  if (highWord > 0x7fffffff || highWord < -0x80000000) return 'outOfRange';
  words[2 * slot] = sum - carry * 0x100000000;
  words[2 * slot + 1] = highWord;
  return null;
}

/** Reads year, month and day, and looks for the BC at the end of the text; sets `days` and `end`, or says why not. */
function parseDate(b: Uint8Array, p: number, stop: number): Unrepresentable | null {
  if (b[p] === LOWER_I || (b[p] === DASH && b[p + 1] === LOWER_I)) {
    return INFINITIES.some((infinity) => isWord(b, p, stop - p, infinity)) ? 'infinite' : 'malformed';
  }
  let year = 0;
  const first = p;
  for (; p < stop && isDigit(b[p]!); p++) year = year * 10 + (b[p]! - ZERO);
  if (p - first < 4 || p - first > 7 || p + 6 > stop || b[p] !== DASH || b[p + 3] !== DASH)
    return 'malformed';
  const month = twoDigits(b, p + 1);
  const day = twoDigits(b, p + 4);
  if (year === 0 || !(month >= 1 && month <= 12 && day >= 1)) return 'malformed';
  end = p + 6;
  if (isBc(b, stop - 3, stop)) {
    year = 1 - year;
    if (end === stop - 3) end = stop;
  }
  if (!(day <= daysInMonth(year, month))) return 'malformed';
  days = daysFromCivil(year, month, day);
  return null;
}

function daysInMonth(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar; year 0 is 1 BC. Years count from March, so that the leap day is last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function isBc(b: Uint8Array, p: number, stop: number): boolean {
  return p + 3 <= stop && b[p] === SPACE && b[p + 1] === UPPER_B && b[p + 2] === UPPER_C;
}

/** The number of two digits at `p`; NaN if they are none, which no range contains. */
function twoDigits(b: Uint8Array, p: number): number {
  const tens = b[p]!;
  const ones = b[p + 1]!;
  return isDigit(tens) && isDigit(ones) ? 10 * (tens - ZERO) + ones - ZERO : Number.NaN;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}
