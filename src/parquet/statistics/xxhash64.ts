/**
 * xxHash64 with seed 0 (xxHash specification, "XXH64 algorithm"), the hash of Parquet's bloom filters. Numbers of
 * 64 bits are pairs of 32-bit integers; BigInts cost ten times as much. The last result is in `hash`.
 */
export const hash = { low: 0, high: 0 };

const PRIME_1 = { low: 0x85ebca87 | 0, high: 0x9e3779b1 | 0 };
const PRIME_2 = { low: 0x27d4eb4f, high: 0xc2b2ae3d | 0 };
const PRIME_3 = { low: 0x9e3779f9 | 0, high: 0x165667b1 };
const PRIME_4 = { low: 0xc2b2ae63 | 0, high: 0x85ebca77 | 0 };
const PRIME_5 = { low: 0x165667c5, high: 0x27d4eb2f };

/** The number at work. */
let low = 0;
let high = 0;

/** Hashes 4 bytes. */
export function hashWord(word: number): void {
  set(PRIME_5.low, PRIME_5.high);
  add(4, 0);
  mixWord(word);
  finish();
}

/** Hashes 8 bytes, the lower word first. */
export function hashPair(lowWord: number, highWord: number): void {
  set(PRIME_5.low, PRIME_5.high);
  add(8, 0);
  mixPair(lowWord, highWord);
  finish();
}

/** Hashes bytes. */
export function hashBytes(view: DataView, from: number, length: number): void {
  const end = from + length;
  let at = from;
  if (length >= 32) {
    at = hashStripes(view, from, length);
  } else {
    set(PRIME_5.low, PRIME_5.high);
  }
  add(length, 0);
  for (; at + 8 <= end; at += 8) {
    mixPair(view.getInt32(at, true), view.getInt32(at + 4, true));
  }
  if (at + 4 <= end) {
    mixWord(view.getInt32(at, true));
    at += 4;
  }
  for (; at < end; at++) {
    mixByte(view.getUint8(at));
  }
  finish();
}

/** Four lanes of 8 bytes each, and their sum. */
const lanes = new Int32Array(8);

/** Hashes as many stripes of 32 bytes as there are, and returns where they end. */
function hashStripes(view: DataView, from: number, length: number): number {
  set(PRIME_1.low, PRIME_1.high);
  add(PRIME_2.low, PRIME_2.high);
  store(0);
  set(PRIME_2.low, PRIME_2.high);
  store(1);
  set(0, 0);
  store(2);
  add(~PRIME_1.low, ~PRIME_1.high);
  add(1, 0);
  store(3);
  const end = from + (length & ~31);
  for (let at = from; at < end; at += 32) {
    for (let lane = 0; lane < 4; lane++) {
      set(lanes[2 * lane]!, lanes[2 * lane + 1]!);
      round(view.getInt32(at + 8 * lane, true), view.getInt32(at + 8 * lane + 4, true));
      store(lane);
    }
  }
  mergeLanes();
  return end;
}

function mergeLanes(): void {
  let sumLow = 0;
  let sumHigh = 0;
  [1, 7, 12, 18].forEach((bits, lane) => {
    set(lanes[2 * lane]!, lanes[2 * lane + 1]!);
    rotate(bits);
    add(sumLow, sumHigh);
    sumLow = low;
    sumHigh = high;
  });
  for (let lane = 0; lane < 4; lane++) {
    const hashLow = low;
    const hashHigh = high;
    set(0, 0);
    round(lanes[2 * lane]!, lanes[2 * lane + 1]!);
    set(hashLow ^ low, hashHigh ^ high);
    multiply(PRIME_1);
    add(PRIME_4.low, PRIME_4.high);
  }
}

/** Takes 8 bytes into a lane, which is the number at work. */
function round(inputLow: number, inputHigh: number): void {
  const laneLow = low;
  const laneHigh = high;
  set(inputLow, inputHigh);
  multiply(PRIME_2);
  add(laneLow, laneHigh);
  rotate(31);
  multiply(PRIME_1);
}

function mixPair(inputLow: number, inputHigh: number): void {
  const hashLow = low;
  const hashHigh = high;
  set(0, 0);
  round(inputLow, inputHigh);
  set(hashLow ^ low, hashHigh ^ high);
  rotate(27);
  multiply(PRIME_1);
  add(PRIME_4.low, PRIME_4.high);
}

function mixWord(word: number): void {
  const hashLow = low;
  const hashHigh = high;
  set(word, 0);
  multiply(PRIME_1);
  set(hashLow ^ low, hashHigh ^ high);
  rotate(23);
  multiply(PRIME_2);
  add(PRIME_3.low, PRIME_3.high);
}

function mixByte(byte: number): void {
  const hashLow = low;
  const hashHigh = high;
  set(byte, 0);
  multiply(PRIME_5);
  set(hashLow ^ low, hashHigh ^ high);
  rotate(11);
  multiply(PRIME_1);
}

function finish(): void {
  set(low ^ (high >>> 1), high);
  multiply(PRIME_2);
  set(low ^ ((low >>> 29) | (high << 3)), high ^ (high >>> 29));
  multiply(PRIME_3);
  hash.low = low ^ high;
  hash.high = high;
}

function set(newLow: number, newHigh: number): void {
  low = newLow;
  high = newHigh;
}

function store(lane: number): void {
  lanes[2 * lane] = low;
  lanes[2 * lane + 1] = high;
}

function add(otherLow: number, otherHigh: number): void {
  const sum = (low >>> 0) + (otherLow >>> 0);
  low = sum | 0;
  high = (high + otherHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
}

/** Rotates left, by less than 32. */
function rotate(bits: number): void {
  const newLow = (low << bits) | (high >>> (32 - bits));
  high = (high << bits) | (low >>> (32 - bits));
  low = newLow;
}

function multiply(factor: { readonly low: number; readonly high: number }): void {
  const a0 = low & 0xffff;
  const a1 = low >>> 16;
  const b0 = factor.low & 0xffff;
  const b1 = factor.low >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const carry = a0 * b1 + (middle & 0xffff);
  const upper = a1 * b1 + (middle >>> 16) + (carry >>> 16);
  high = (upper + Math.imul(high, factor.low) + Math.imul(low, factor.high)) | 0;
  low = Math.imul(low, factor.low);
}
