import { type Block, type BytesBlock, type FixedBlock, valueAt } from '../encodings/block.ts';
import { comparison, isNaNValue, type Order } from '../schema/value-order.ts';

/** The places of the smallest and the largest value. */
export interface Extremes {
  readonly min: number;
  readonly max: number;
}

/**
 * Finds the smallest and the largest of a block's values, or of those that `indices` names; null where there is none but
 * NaN.
 */
export function extremes(
  order: Order,
  block: Block,
  indices: Int32Array | null,
  count: number,
): Extremes | null {
  if (count === 0) return null;
  if (block.kind === 'bytes')
    return order === 'bytes' ? ofBytes(block, indices, count) : bySearch(order, block, indices, count);
  const bytes = aligned(block.bytes);
  const words = bytes.length >> 2;
  switch (order) {
    case 'bool':
      return ofNumbers(bytes, indices, count);
    case 'int32':
      return ofNumbers(new Int32Array(bytes.buffer, bytes.byteOffset, words), indices, count);
    case 'uint32':
      return ofNumbers(new Uint32Array(bytes.buffer, bytes.byteOffset, words), indices, count);
    case 'float':
      return ofNumbers(new Float32Array(bytes.buffer, bytes.byteOffset, words), indices, count);
    case 'double':
      return ofNumbers(new Float64Array(bytes.buffer, bytes.byteOffset, words >> 1), indices, count);
    case 'int64':
    case 'uint64':
      return ofWide(
        new Uint32Array(bytes.buffer, bytes.byteOffset, words),
        indices,
        count,
        order === 'int64' ? 0x80000000 : 0,
      );
    case 'bytes':
      return ofFixed(block, indices, count, 0);
    case 'decimal_bytes':
      return ofFixed(block, indices, count, 0x80);
    case 'float16':
      return bySearch(order, block, indices, count);
  }
}

/** The bytes at an address that typed arrays of 8 bytes can have: a copy, where they are not at one. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}

function ofNumbers(
  values: Uint8Array | Int32Array | Uint32Array | Float32Array | Float64Array,
  indices: Int32Array | null,
  count: number,
): Extremes | null {
  let min = -1;
  let max = -1;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < count; k++) {
    const i = indices === null ? k : indices[k]!;
    const value = values[i]!;
    // Infinities are values too, hence "or first of all"; NaN compares as neither.
    if (value < least || (min < 0 && value === least)) {
      least = value;
      min = i;
    }
    if (value > most || (max < 0 && value === most)) {
      most = value;
      max = i;
    }
  }
  return min < 0 ? null : { min, max };
}

/** Integers of 8 bytes; with `flip` = 0x80000000 the upper words compare as signed. */
function ofWide(words: Uint32Array, indices: Int32Array | null, count: number, flip: number): Extremes {
  let min = indices === null ? 0 : indices[0]!;
  let max = min;
  let minHigh = (words[2 * min + 1]! ^ flip) >>> 0;
  let minLow = words[2 * min]!;
  let maxHigh = minHigh;
  let maxLow = minLow;
  for (let k = 1; k < count; k++) {
    const i = indices === null ? k : indices[k]!;
    const low = words[2 * i]!;
    const high = (words[2 * i + 1]! ^ flip) >>> 0;
    if (high < minHigh || (high === minHigh && low < minLow)) {
      min = i;
      minHigh = high;
      minLow = low;
    }
    if (high > maxHigh || (high === maxHigh && low > maxLow)) {
      max = i;
      maxHigh = high;
      maxLow = low;
    }
  }
  return { min, max };
}

/** Values of one width; with `flip` = 0x80 the first byte compares as signed. */
function ofFixed(
  { bytes, width }: FixedBlock,
  indices: Int32Array | null,
  count: number,
  flip: number,
): Extremes {
  const compare = (a: number, b: number): number => {
    const first = (bytes[a * width]! ^ flip) - (bytes[b * width]! ^ flip);
    if (first !== 0) return first;
    for (let i = 1; i < width; i++) {
      const difference = bytes[a * width + i]! - bytes[b * width + i]!;
      if (difference !== 0) return difference;
    }
    return 0;
  };
  return search(compare, indices, count);
}

function ofBytes(block: BytesBlock, indices: Int32Array | null, count: number): Extremes {
  const { bytes, starts } = block;
  let min = indices === null ? 0 : indices[0]!;
  let max = min;
  let minPrefix = prefixOf(bytes, starts[min]!, starts[min + 1]! - 4);
  let maxPrefix = minPrefix;
  for (let k = 1; k < count; k++) {
    const i = indices === null ? k : indices[k]!;
    const prefix = prefixOf(bytes, starts[i]!, starts[i + 1]! - 4);
    if (prefix < minPrefix || (prefix === minPrefix && i !== min && compareStrings(block, i, min) < 0)) {
      min = i;
      minPrefix = prefix;
    }
    if (prefix > maxPrefix || (prefix === maxPrefix && i !== max && compareStrings(block, i, max) > 0)) {
      max = i;
      maxPrefix = prefix;
    }
  }
  return { min, max };
}

/** The first four bytes as a number that compares as they do; missing ones count as 0. */
function prefixOf(bytes: Uint8Array, from: number, end: number): number {
  const length = end - from;
  if (length >= 4) {
    return (
      ((bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!) >>> 0
    );
  }
  let prefix = 0;
  for (let i = 0; i < length; i++) prefix |= bytes[from + i]! << (24 - 8 * i);
  return prefix >>> 0;
}

function compareStrings({ bytes, starts }: BytesBlock, a: number, b: number): number {
  const aFrom = starts[a]!;
  const bFrom = starts[b]!;
  const aLength = starts[a + 1]! - 4 - aFrom;
  const bLength = starts[b + 1]! - 4 - bFrom;
  const shorter = Math.min(aLength, bLength);
  for (let i = 0; i < shorter; i++) {
    const difference = bytes[aFrom + i]! - bytes[bFrom + i]!;
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}

/** For orders that are rare. */
function bySearch(order: Order, block: Block, indices: Int32Array | null, count: number): Extremes | null {
  const compare = comparison(order);
  const kept = Array.from({ length: count }, (_, k) => (indices === null ? k : indices[k]!)).filter(
    (i) => !isNaNValue(order, valueAt(block, i)),
  );
  if (kept.length === 0) return null;
  return search((a, b) => compare(valueAt(block, a), valueAt(block, b)), Int32Array.from(kept), kept.length);
}

function search(
  compare: (a: number, b: number) => number,
  indices: Int32Array | null,
  count: number,
): Extremes {
  let min = indices === null ? 0 : indices[0]!;
  let max = min;
  for (let k = 1; k < count; k++) {
    const i = indices === null ? k : indices[k]!;
    if (compare(i, min) < 0) min = i;
    if (compare(i, max) > 0) max = i;
  }
  return { min, max };
}
