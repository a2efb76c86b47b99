const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_E = 0x65;

/** 10^0 … 10^22, the powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** The nearest doubles to 1 / 10^i. */
const INVERSES = POWERS_OF_TEN.map((power) => 1 / power);
/** Veltkamp's factor, which splits a double into halves of 26 bits. */
const SPLITTER = 2 ** 27 + 1;
/** The upper halves of the powers. */
const UPPER_HALVES = POWERS_OF_TEN.map(upperHalf);
/** Bound of the relative error of the two-double quotient and product below, with room to spare. */
const RELATIVE_ERROR = 2 ** -98;
/** Digits that an int32 has room for. */
const INT_DIGITS = 9;
/** From here on integers are not exact in a double. */
const EXACT = 2 ** 53;

const result = new Float64Array(1);
const resultWords = new Uint32Array(result.buffer);

/**
 * Stores the float8 written at `b[p … p + n]` as two words, the low one first; false if it is none. The result is the
 * double nearest to the decimal, ties to even, as the server's own input function gives it.
 */
export function storeFloat64(words: Int32Array, slot: number, b: Uint8Array, p: number, n: number): boolean {
  return (
    storeNearestFloat64(words, slot, b, p, n) && !(Math.abs(result[0]!) === Infinity && beginsFinite(b, p))
  );
}

/** The same for any decimal: one that is too large becomes infinite. */
export function storeNearestFloat64(
  words: Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
): boolean {
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
  return (
    storeNearestFloat32(words, slot, b, p, n) && !(Math.abs(single[0]!) === Infinity && beginsFinite(b, p))
  );
}

/** The same for any decimal: one that is too large becomes infinite. */
export function storeNearestFloat32(
  words: Int32Array,
  slot: number,
  b: Uint8Array,
  p: number,
  n: number,
): boolean {
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
  const stop = start + n;
  const negative = b[start] === MINUS;
  const first = negative ? start + 1 : start;
  let p = first;
  let point = -1;
  while (p < stop && b[p] === ZERO) p++;
  if (p < stop && b[p] === POINT) {
    point = p++;
    while (p < stop && b[p] === ZERO) p++;
  }
  // Eight or nine digits, then nine more: summed as int32, in half the time of doubles.
  let head = 0;
  for (const split = Math.min(p + INT_DIGITS, stop); p < split; p++) {
    const digit = b[p]! - ZERO;
    if (digit >= 0 && digit <= 9) head = (head * 10 + digit) | 0;
    else if (digit === POINT - ZERO && point < 0) point = p;
    else break;
  }
  let tail = 0;
  let tailDigits = 0;
  for (; p < stop; p++) {
    const digit = b[p]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (tailDigits < INT_DIGITS) tail = (tail * 10 + digit) | 0;
      tailDigits++;
    } else if (digit === POINT - ZERO && point < 0) point = p;
    else break;
  }
  if (p === first || (p === first + 1 && point === first)) return parseSpecial(b, start, n);
  let exponent = point < 0 ? 0 : point + 1 - p;
  if (p < stop) {
    const written = parseExponent(b, p, stop);
    if (written === null) return false;
    exponent += written;
  }
  const scaled =
    tailDigits <= INT_DIGITS && exponent <= 22 && exponent >= -22 && scale(head, tail, tailDigits, exponent);
  if (!scaled) result[0] = Math.abs(Number(latin1(b, start, n)));
  if (negative) result[0] = -result[0]!;
  return true;
}

/**
 * `result` = (head × 10^tailDigits + tail) × 10^exponent, rounded once, for |exponent| ≤ 22, tailDigits ≤ 9 and a head
 * of nine digits at most; false if the result lies too near to the middle of two doubles to be sure. Dekker's
 * arithmetic of unevaluated sums of two doubles ("A floating-point technique for extending the available precision",
 * 1971): Number() on a string, the alternative, takes ten times as long.
 */
function scale(head: number, tail: number, tailDigits: number, exponent: number): boolean {
  // The product is exact: an int32 times 5^9 has less than 53 bits.
  const high = head * POWERS_OF_TEN[tailDigits]!;
  const mantissa = high + tail;
  const i = Math.abs(exponent);
  const power = POWERS_OF_TEN[i]!;
  if (mantissa < EXACT) {
    // Both are exact, so one operation rounds once (Clinger, "How to read floating point numbers accurately", 1990).
    result[0] = exponent < 0 ? mantissa / power : mantissa * power;
    return true;
  }
  // What the sum has lost.
  const low = tail - (mantissa - high);
  let first: number;
  let second: number;
  if (exponent < 0) {
    // The quotient's first part need not be rounded correctly: the second one is what is missing of it.
    first = mantissa * INVERSES[i]!;
    const back = first * power;
    second = (mantissa - back - multiplyError(first, i, back) + low) * INVERSES[i]!;
  } else {
    first = mantissa * power;
    second = multiplyError(mantissa, i, first) + low * power;
  }
  const slack = first * RELATIVE_ERROR;
  const rounded = first + (second + slack);
  result[0] = rounded;
  return rounded === first + (second - slack);
}

/** a × 10^i − product, exactly, where product is a × 10^i rounded. */
function multiplyError(a: number, i: number, product: number): number {
  const aHigh = upperHalf(a);
  const aLow = a - aHigh;
  const bHigh = UPPER_HALVES[i]!;
  const bLow = POWERS_OF_TEN[i]! - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** The upper 26 bits of a double's mantissa. */
function upperHalf(a: number): number {
  const scaled = SPLITTER * a;
  return scaled - (scaled - a);
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

/** Whether a number's text is that of a finite one. */
export function beginsFinite(b: Uint8Array, p: number): boolean {
  const first = b[b[p] === MINUS ? p + 1 : p]!;
  return first === POINT || (first >= ZERO && first <= NINE);
}

function latin1(b: Uint8Array, p: number, n: number): string {
  return Buffer.from(b.buffer, b.byteOffset + p, n).toString('latin1');
}
