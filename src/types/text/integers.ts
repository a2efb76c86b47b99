/** Marks text that is no integer of the wanted range. */
export const NOT_AN_INTEGER = 0x80000000;

const MINUS = 0x2d;
const ZERO = 0x30;

/** The int32 (or int16) written at `b[p … p + n]`; `NOT_AN_INTEGER` if it is none. */
export function parseInt32(b: Uint8Array, p: number, n: number): number {
  const stop = p + n;
  const negative = b[p] === MINUS;
  if (negative) p++;
  if (p === stop || stop - p > 10) return NOT_AN_INTEGER;
  let value = 0;
  for (; p < stop; p++) {
    const digit = b[p]! - ZERO;
    if (digit < 0 || digit > 9) return NOT_AN_INTEGER;
    value = value * 10 + digit;
  }
  if (negative) value = -value;
  return value > 0x7fffffff || value < -0x80000000 ? NOT_AN_INTEGER : value;
}

/** Stores the uint32 written at `b[p … p + n]`; false if it is none. */
export function storeUint32(words: Int32Array, slot: number, b: Uint8Array, p: number, n: number): boolean {
  if (n < 1 || n > 10) return false;
  let value = 0;
  for (const stop = p + n; p < stop; p++) {
    const digit = b[p]! - ZERO;
    if (digit < 0 || digit > 9) return false;
    value = value * 10 + digit;
  }
  words[slot] = value;
  return value <= 0xffffffff;
}

/** Stores the int64 written at `b[p … p + n]` as two words, the low one first; false if it is none. */
export function storeInt64(words: Int32Array, slot: number, b: Uint8Array, p: number, n: number): boolean {
  const stop = p + n;
  const negative = b[p] === MINUS;
  if (negative) p++;
  if (p === stop || stop - p > 19) return false;
  // The digits in groups of nine from the right, summed as int32: top × 10^18 + middle × 10^9 + low.
  let top = 0;
  for (const split = stop - 18; p < split; p++) {
    top = b[p]! - ZERO;
    if (top < 0 || top > 9) return false;
  }
  let middle = 0;
  for (const split = stop - 9; p < split; p++) {
    const digit = b[p]! - ZERO;
    if (digit < 0 || digit > 9) return false;
    middle = (middle * 10 + digit) | 0;
  }
  let low = 0;
  for (; p < stop; p++) {
    const digit = b[p]! - ZERO;
    if (digit < 0 || digit > 9) return false;
    low = (low * 10 + digit) | 0;
  }
  // high < 10^10: its product with 10^9 is summed from halves of 17 bits, each product being below 2^53. Remainders are
  // taken by hand, since % of doubles is a call.
  const high = top * 1e9 + middle;
  const highHalf = Math.floor(high / 0x20000);
  const upper = highHalf * 1e9;
  const upperWord = Math.floor(upper / 0x8000);
  const lowSum = (high - highHalf * 0x20000) * 1e9 + low + (upper - upperWord * 0x8000) * 0x20000;
  const carry = Math.floor(lowSum / 0x100000000);
  let highWord = upperWord + carry;
  let lowWord = lowSum - carry * 0x100000000;
  if (negative) {
    highWord = lowWord === 0 ? -highWord : -highWord - 1;
    lowWord = -lowWord;
  }
  if (highWord > 0x7fffffff || highWord < -0x80000000) return false;
  words[2 * slot] = lowWord;
  words[2 * slot + 1] = highWord;
  return true;
}

/** Whether `b[p … p + n]` are digits, after a minus sign or none. */
export function isInteger(b: Uint8Array, p: number, n: number): boolean {
  const stop = p + n;
  if (b[p] === MINUS) p++;
  if (p === stop) return false;
  for (; p < stop; p++) {
    const digit = b[p]! - ZERO;
    if (digit < 0 || digit > 9) return false;
  }
  return true;
}
