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
  // The value is high × 10^9 + low: two parts that a double holds exactly.
  let high = 0;
  let low = 0;
  for (const split = stop - 9; p < split; p++) {
    const digit = b[p]! - ZERO;
    if (digit < 0 || digit > 9) return false;
    high = high * 10 + digit;
  }
  for (; p < stop; p++) {
    const digit = b[p]! - ZERO;
    if (digit < 0 || digit > 9) return false;
    low = low * 10 + digit;
  }
  // high < 10^10: its product with 10^9 is summed from halves of 17 bits, each product being below 2^53.
  const lowPart = (high % 0x20000) * 1e9 + low;
  const highPart = Math.floor(high / 0x20000) * 1e9;
  const lowSum = lowPart + (highPart % 0x8000) * 0x20000;
  let highWord = Math.floor(highPart / 0x8000) + Math.floor(lowSum / 0x100000000);
  let lowWord = lowSum % 0x100000000;
  if (negative) {
    highWord = lowWord === 0 ? -highWord : -highWord - 1;
    lowWord = -lowWord;
  }
  if (highWord > 0x7fffffff || highWord < -0x80000000) return false;
  words[2 * slot] = lowWord;
  words[2 * slot + 1] = highWord;
  return true;
}
