const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const LOWER_E = 0x65;

/** 10^0 … 10^22, the powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** Veltkamp's factor, which splits a double into halves of 26 bits. */
const SPLITTER = 2 ** 27 + 1;
/** Bound of the relative error of the two-double quotient and product below, with room to spare. */
const RELATIVE_ERROR = 2 ** -98;

const result = new Float64Array(1);
const resultWords = new Uint32Array(result.buffer);

/**
 * Stores the float8 written at `b[p … p + n]` as two words, the low one first; false if it is none. The result is the
 * double nearest to the decimal, ties to even, as the server's own input function gives it.
 */
export function storeFloat64(words: Int32Array, slot: number, b: Uint8Array, p: number, n: number): boolean {
  if (!parseFloat64(b, p, n)) return false;
  words[2 * slot] = resultWords[0]!;
  words[2 * slot + 1] = resultWords[1]!;
  return true;
}

const single = new Float32Array(1);
const singleWord = new Int32Array(single.buffer);
/** The low 29 bits of a double that lies halfway between two floats. */
const HALFWAY = 0x10000000;
const BELOW_FLOAT = 0x1fffffff;

/** Stores the float4 written at `b[p … p + n]`; false if it is none. */
export function storeFloat32(words: Int32Array, slot: number, b: Uint8Array, p: number, n: number): boolean {
  if (!parseFloat64(b, p, n)) return false;
  const value = result[0]!;
  single[0] = value;
  // Rounding twice goes wrong only where the first rounding ended halfway between two floats without being exact.
  if ((resultWords[0]! & BELOW_FLOAT) === HALFWAY) single[0] = nearestFloat(latin1(b, p, n), value);
  words[slot] = singleWord[0]!;
  return true;
}

/** Parses into `result`. */
function parseFloat64(b: Uint8Array, start: number, n: number): boolean {
  let p = start;
  const stop = p + n;
  const negative = b[p] === MINUS;
  if (negative) p++;
  // The first 15 digits and the next ones: two numbers that doubles hold exactly.
  let high = 0;
  let low = 0;
  let digits = 0;
  let lowDigits = 0;
  let exponent = 0;
  let seenPoint = false;
  let seenDigit = false;
  for (; p < stop; p++) {
    const digit = b[p]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      seenDigit = true;
      if (seenPoint) exponent--;
      if (digits === 0 && digit === 0) continue;
      if (digits++ < 15) high = high * 10 + digit;
      else {
        low = low * 10 + digit;
        lowDigits++;
      }
    } else if (b[p] === POINT && !seenPoint) seenPoint = true;
    else break;
  }
  if (!seenDigit) return parseSpecial(b, start, n);
  if (p < stop) {
    const written = parseExponent(b, p, stop);
    if (written === null) return false;
    exponent += written;
  }
  if (lowDigits > 15 || exponent > 22 || exponent < -22 || !scale(high, low, lowDigits, exponent)) {
    result[0] = Math.abs(Number(latin1(b, start, n)));
  }
  if (negative) result[0] = -result[0]!;
  return true;
}

/**
 * `result` = (high × 10^lowDigits + low) × 10^exponent, rounded once, for |exponent| ≤ 22 and lowDigits ≤ 15; false if
 * the result lies too near to the middle of two doubles to be sure. Dekker's arithmetic of unevaluated sums of two
 * doubles ("A floating-point technique for extending the available precision", 1971): Number() on a string, the
 * alternative, takes five times as long.
 */
function scale(high: number, low: number, lowDigits: number, exponent: number): boolean {
  if (lowDigits === 0) {
    // Both are exact, so one operation rounds once (Clinger, "How to read floating point numbers accurately", 1990).
    result[0] = exponent < 0 ? high / POWERS_OF_TEN[-exponent]! : high * POWERS_OF_TEN[exponent]!;
    return true;
  }
  // The mantissa as a sum of two doubles, without loss.
  const factor = POWERS_OF_TEN[lowDigits]!;
  const product = high * factor;
  const productError = multiplyError(high, factor, product);
  const head = product + low;
  const tail = low - (head - product) + productError;
  const power = POWERS_OF_TEN[Math.abs(exponent)]!;
  let first: number;
  let second: number;
  if (exponent < 0) {
    first = head / power;
    const back = first * power;
    second = (head - back - multiplyError(first, power, back) + tail) / power;
  } else {
    first = head * power;
    second = multiplyError(head, power, first) + tail * power;
  }
  const slack = Math.abs(first) * RELATIVE_ERROR;
  const rounded = first + (second + slack);
  result[0] = rounded;
  return rounded === first + (second - slack);
}

/** a × b − fl(a × b), exactly. */
function multiplyError(a: number, b: number, product: number): number {
  const ta = SPLITTER * a;
  const aHigh = ta - (ta - a);
  const aLow = a - aHigh;
  const tb = SPLITTER * b;
  const bHigh = tb - (tb - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** `e-05` at `b[p … stop]`; null if it is no exponent. */
function parseExponent(b: Uint8Array, p: number, stop: number): number | null {
  if (b[p] !== LOWER_E) return null;
  p++;
  const negative = b[p] === MINUS;
  if (negative || b[p] === PLUS) p++;
  if (p === stop || stop - p > 4) return null;
  let exponent = 0;
  for (; p < stop; p++) {
    const digit = b[p]! - ZERO;
    if (digit < 0 || digit > 9) return null;
    exponent = exponent * 10 + digit;
  }
  return negative ? -exponent : exponent;
}

/** NaN, Infinity and -Infinity as the server prints them. */
function parseSpecial(b: Uint8Array, p: number, n: number): boolean {
  const text = latin1(b, p, n);
  if (text !== 'NaN' && text !== 'Infinity' && text !== '-Infinity') return false;
  result[0] = Number(text);
  // The server's NaN has this sign, however the runtime makes it.
  if (text === 'NaN') resultWords[1] = 0x7ff80000;
  return true;
}

/** The float nearest to the decimal, of which `value` is the nearest double and lies halfway between two floats. */
function nearestFloat(decimal: string, value: number): number {
  const order = compareDecimal(decimal, value);
  if (order === 0) return Math.fround(value);
  // One double towards the decimal is enough to leave the middle.
  const next = new Float64Array([value]);
  const bits = new BigInt64Array(next.buffer);
  bits[0]! += order > 0 === value > 0 ? 1n : -1n;
  return Math.fround(next[0]!);
}

/** Compares a decimal in the server's notation with a double, exactly: negative, 0 or positive. */
function compareDecimal(decimal: string, value: number): number {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d*)\.?(\d*)(?:e([-+]?\d+))?$/.exec(decimal) ?? [];
  let left = BigInt(`${sign}${whole}${fraction}`);
  const power = Number(exponent) - fraction.length;
  // value = right × 2^binary with an integer right.
  let right = value;
  let binary = 0;
  for (; !Number.isInteger(right); binary--) right *= 2;
  let rightInt = BigInt(right);
  if (power < 0) rightInt *= 10n ** BigInt(-power);
  else left *= 10n ** BigInt(power);
  left <<= BigInt(-binary);
  return left < rightInt ? -1 : left > rightInt ? 1 : 0;
}

function latin1(b: Uint8Array, p: number, n: number): string {
  return String.fromCharCode(...b.subarray(p, p + n));
}
