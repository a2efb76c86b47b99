import type { PageBuffer } from '../memory/page-buffer.ts';
import { varint } from './rle.ts';

/**
 * DELTA_BINARY_PACKED (Parquet format, Encodings.md, "Delta Encoding"): differences between neighbours, less the
 * smallest of their block, bit-packed. Differences wrap around at the values' width.
 */

const BLOCK = 128;
const MINIBLOCK = 32;
const MINIBLOCKS = BLOCK / MINIBLOCK;

/** The differences of a block, as pairs of words; the lower ones alone for values of 4 bytes. */
const lows = new Int32Array(BLOCK);
const highs = new Int32Array(BLOCK);

/** Writes values of 4 bytes and returns the position after; there is at least one value. */
export function encodeDeltas32(out: PageBuffer, at: number, values: Int32Array, count: number): number {
  let before = values[0]!;
  let position = writeHeader(out.bytes, at, count, before, before >> 31);
  for (let from = 1; from < count; from += BLOCK) {
    const used = Math.min(BLOCK, count - from);
    let min = 0x7fffffff;
    for (let i = 0; i < used; i++) {
      const value = values[from + i]!;
      const delta = (value - before) | 0;
      lows[i] = delta;
      if (delta < min) min = delta;
      before = value;
    }
    lows.fill(min, used);
    const widthsAt = zigzag(out.bytes, position, min, min >> 31);
    position = widthsAt + MINIBLOCKS;
    for (let miniblock = 0; miniblock < MINIBLOCKS; miniblock++) {
      const start = miniblock * MINIBLOCK;
      let bits = 0;
      for (let i = start; i < start + MINIBLOCK; i++) {
        const rest = (lows[i]! - min) | 0;
        lows[i] = rest;
        bits |= rest;
      }
      const width = 32 - Math.clz32(bits);
      out.bytes[widthsAt + miniblock] = width;
      position = packLows(out.view, position, start, width);
    }
  }
  return position;
}

/** Writes values of 8 bytes, pairs of words with the lower one first, and returns the position after. */
export function encodeDeltas64(out: PageBuffer, at: number, words: Int32Array, count: number): number {
  let lowBefore = words[0]!;
  let highBefore = words[1]!;
  let position = writeHeader(out.bytes, at, count, lowBefore, highBefore);
  for (let from = 1; from < count; from += BLOCK) {
    const used = Math.min(BLOCK, count - from);
    let minLow = -1;
    let minHigh = 0x7fffffff;
    for (let i = 0; i < used; i++) {
      const low = words[2 * (from + i)]!;
      const high = words[2 * (from + i) + 1]!;
      const deltaLow = (low - lowBefore) | 0;
      const deltaHigh = (high - highBefore - (low >>> 0 < lowBefore >>> 0 ? 1 : 0)) | 0;
      lows[i] = deltaLow;
      highs[i] = deltaHigh;
      if (deltaHigh < minHigh || (deltaHigh === minHigh && deltaLow >>> 0 < minLow >>> 0)) {
        minLow = deltaLow;
        minHigh = deltaHigh;
      }
      lowBefore = low;
      highBefore = high;
    }
    lows.fill(minLow, used);
    highs.fill(minHigh, used);
    position = packBlock64(out, zigzag(out.bytes, position, minLow, minHigh), minLow, minHigh);
  }
  return position;
}

function packBlock64(out: PageBuffer, at: number, minLow: number, minHigh: number): number {
  let position = at + MINIBLOCKS;
  for (let miniblock = 0; miniblock < MINIBLOCKS; miniblock++) {
    const start = miniblock * MINIBLOCK;
    let lowBits = 0;
    let highBits = 0;
    for (let i = start; i < start + MINIBLOCK; i++) {
      const low = lows[i]!;
      const rest = (low - minLow) | 0;
      const highRest = (highs[i]! - minHigh - (low >>> 0 < minLow >>> 0 ? 1 : 0)) | 0;
      lows[i] = rest;
      highs[i] = highRest;
      lowBits |= rest;
      highBits |= highRest;
    }
    const highWidth = 32 - Math.clz32(highBits);
    const width = highWidth > 0 ? 32 + highWidth : 32 - Math.clz32(lowBits);
    out.bytes[at + miniblock] = width;
    position =
      highWidth > 0
        ? packPairs(out.view, position, start, highWidth)
        : packLows(out.view, position, start, width);
  }
  return position;
}

/** Packs the lower words of a miniblock, `width` bits each. */
function packLows(view: DataView, at: number, start: number, width: number): number {
  let position = at;
  if (width === 32) {
    for (let i = start; i < start + MINIBLOCK; i++, position += 4) {
      view.setInt32(position, lows[i]!, true);
    }
    return position;
  }
  let word = 0;
  let bits = 0;
  for (let i = start; i < start + MINIBLOCK; i++) {
    const value = lows[i]!;
    word |= value << bits;
    bits += width;
    if (bits >= 32) {
      view.setInt32(position, word, true);
      position += 4;
      bits -= 32;
      word = value >>> (width - bits);
    }
  }
  return position;
}

/** Packs the pairs of a miniblock, the lower words whole and `highWidth` bits, 1 … 32, of the upper ones. */
function packPairs(view: DataView, at: number, start: number, highWidth: number): number {
  let position = at;
  let word = 0;
  let bits = 0;
  for (let i = start; i < start + MINIBLOCK; i++) {
    const low = lows[i]!;
    view.setInt32(position, word | (low << bits), true);
    position += 4;
    const high = highs[i]!;
    // A shift by 32 would be none.
    word = (bits === 0 ? 0 : low >>> (32 - bits)) | (high << bits);
    bits += highWidth;
    if (bits >= 32) {
      view.setInt32(position, word, true);
      position += 4;
      bits -= 32;
      word = bits === 0 ? 0 : high >>> (highWidth - bits);
    }
  }
  return position;
}

/** Sizes of block and miniblocks, the number of values, and the first of them. */
function writeHeader(bytes: Uint8Array, at: number, count: number, low: number, high: number): number {
  let position = varint(bytes, at, BLOCK);
  position = varint(bytes, position, MINIBLOCKS);
  position = varint(bytes, position, count);
  return zigzag(bytes, position, low, high);
}

/** A signed integer of 8 bytes as zigzag ULEB128. */
function zigzag(bytes: Uint8Array, at: number, low: number, high: number): number {
  const sign = high >> 31;
  let restLow = (low << 1) ^ sign;
  let restHigh = ((high << 1) | (low >>> 31)) ^ sign;
  let position = at;
  while (restHigh !== 0 || restLow >>> 0 > 0x7f) {
    bytes[position++] = (restLow & 0x7f) | 0x80;
    restLow = (restLow >>> 7) | (restHigh << 25);
    restHigh >>>= 7;
  }
  bytes[position++] = restLow;
  return position;
}
