/** Passes over a page's values that find their smallest and largest. */
import type { Bounds } from '../statistics/bounds.ts';
import { compareUnsigned } from '../statistics/bounds.ts';

export function scanInt32(values: Int32Array, count: number, bounds: Bounds): void {
  let min = values[0]!;
  let max = min;
  for (let i = 1; i < count; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  setWord(bounds, min, max);
}

export function scanUint32(values: Uint32Array, count: number, bounds: Bounds): void {
  let min = values[0]!;
  let max = min;
  for (let i = 1; i < count; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  setWord(bounds, min, max);
}

function setWord(bounds: Bounds, min: number, max: number): void {
  bounds.minView.setInt32(0, min, true);
  bounds.maxView.setInt32(0, max, true);
  setExact(bounds, 4);
}

/** 8-byte integers as pairs of words; with `flip` = 0x80000000 the high words compare as signed, with 0 as unsigned. */
export function scanInt64(words: Uint32Array, count: number, flip: number, bounds: Bounds): void {
  let minLow = words[0]!;
  let minHigh = (words[1]! ^ flip) >>> 0;
  let maxLow = minLow;
  let maxHigh = minHigh;
  for (let i = 2; i < 2 * count; i += 2) {
    const low = words[i]!;
    const high = (words[i + 1]! ^ flip) >>> 0;
    if (high < minHigh || (high === minHigh && low < minLow)) {
      minLow = low;
      minHigh = high;
    }
    if (high > maxHigh || (high === maxHigh && low > maxLow)) {
      maxLow = low;
      maxHigh = high;
    }
  }
  bounds.minView.setUint32(0, minLow, true);
  bounds.minView.setUint32(4, minHigh ^ flip, true);
  bounds.maxView.setUint32(0, maxLow, true);
  bounds.maxView.setUint32(4, maxHigh ^ flip, true);
  setExact(bounds, 8);
}

/** Floats: NaN is passed over; a page of nothing else has no bounds. */
export function scanFloat32(values: Float32Array, count: number, bounds: Bounds): void {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min <= max) {
    bounds.minView.setFloat32(0, widenZero(min, -0), true);
    bounds.maxView.setFloat32(0, widenZero(max, 0), true);
    setExact(bounds, 4);
  }
}

export function scanFloat64(values: Float64Array, count: number, bounds: Bounds): void {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min <= max) {
    bounds.minView.setFloat64(0, widenZero(min, -0), true);
    bounds.maxView.setFloat64(0, widenZero(max, 0), true);
    setExact(bounds, 8);
  }
}

/** A bound of zero takes the sign that includes both zeros (parquet.thrift, `ColumnOrder`). */
function widenZero(bound: number, zero: number): number {
  return bound === 0 ? zero : bound;
}

/** Packed booleans, of which the bits beyond `count` are 0. */
export function scanBits(bits: Uint8Array, count: number, bounds: Bounds): void {
  let ones = 0;
  let zeros = 0;
  const whole = count >> 3;
  for (let i = 0; i < whole; i++) {
    ones |= bits[i]!;
    zeros |= bits[i]! ^ 0xff;
  }
  if ((count & 7) !== 0) {
    ones |= bits[whole]!;
    zeros |= bits[whole]! ^ ((1 << (count & 7)) - 1);
  }
  bounds.min[0] = zeros === 0 ? 1 : 0;
  bounds.max[0] = ones === 0 ? 0 : 1;
  setExact(bounds, 1);
}

function setExact(bounds: Bounds, length: number): void {
  bounds.minLength = length;
  bounds.maxLength = length;
  bounds.minExact = true;
  bounds.maxExact = true;
  bounds.defined = true;
}

/** Values of one width that compare as bytes; `signed`: as big-endian two's complement. */
export function scanFixed(
  view: DataView,
  count: number,
  width: number,
  signed: boolean,
  bounds: Bounds,
): void {
  const flip = signed ? 0x80 : 0;
  let min = 0;
  let max = 0;
  for (let i = 1; i < count; i++) {
    const at = i * width;
    if (compareFixed(view, at, min, width, flip) < 0) {
      min = at;
    } else if (compareFixed(view, at, max, width, flip) > 0) {
      max = at;
    }
  }
  for (let i = 0; i < width; i++) {
    bounds.min[i] = view.getUint8(min + i);
    bounds.max[i] = view.getUint8(max + i);
  }
  setExact(bounds, width);
}

function compareFixed(view: DataView, a: number, b: number, width: number, flip: number): number {
  const first = (view.getUint8(a) ^ flip) - (view.getUint8(b) ^ flip);
  return first !== 0 ? first : compareUnsigned(view, a, width, view, b, width);
}

/** Byte strings. */
export function scanBytes(
  view: DataView,
  offsets: Int32Array,
  count: number,
  utf8: boolean,
  bounds: Bounds,
): void {
  let min = 0;
  let max = 0;
  let minPrefix = prefixOf(view, offsets[0]!, offsets[1]!);
  let maxPrefix = minPrefix;
  for (let i = 1; i < count; i++) {
    const prefix = prefixOf(view, offsets[i]!, offsets[i + 1]!);
    if (prefix <= minPrefix && (prefix < minPrefix || compareAt(view, offsets, i, min) < 0)) {
      min = i;
      minPrefix = prefix;
    }
    if (prefix >= maxPrefix && (prefix > maxPrefix || compareAt(view, offsets, i, max) > 0)) {
      max = i;
      maxPrefix = prefix;
    }
  }
  setBytes(view, offsets, min, max, utf8, bounds);
}

/**
 * Byte strings that are entries of a dictionary: each entry that occurs is looked at once. `seen` holds one number per
 * entry and `page` a number not in it yet.
 */
export function scanEntries(
  view: DataView,
  offsets: Int32Array,
  indices: Int32Array,
  count: number,
  seen: Int32Array,
  page: number,
  utf8: boolean,
  bounds: Bounds,
): void {
  let min = indices[0]!;
  let max = min;
  let last = min;
  for (let i = 1; i < count; i++) {
    const entry = indices[i]!;
    if (entry !== last && seen[entry] !== page) {
      seen[entry] = page;
      if (compareAt(view, offsets, entry, min) < 0) {
        min = entry;
      } else if (compareAt(view, offsets, entry, max) > 0) {
        max = entry;
      }
    }
    last = entry;
  }
  setBytes(view, offsets, min, max, utf8, bounds);
}

function setBytes(
  view: DataView,
  offsets: Int32Array,
  min: number,
  max: number,
  utf8: boolean,
  bounds: Bounds,
): void {
  const minFrom = offsets[min]!;
  const maxFrom = offsets[max]!;
  bounds.setBytes(view, minFrom, offsets[min + 1]! - minFrom, maxFrom, offsets[max + 1]! - maxFrom, utf8);
}

function compareAt(view: DataView, offsets: Int32Array, a: number, b: number): number {
  const aFrom = offsets[a]!;
  const bFrom = offsets[b]!;
  return compareUnsigned(view, aFrom, offsets[a + 1]! - aFrom, view, bFrom, offsets[b + 1]! - bFrom);
}

/** The first four bytes as a number that compares as they do; missing ones count as 0. */
function prefixOf(view: DataView, from: number, end: number): number {
  if (end - from >= 4) {
    return view.getUint32(from);
  }
  let prefix = 0;
  for (let at = from; at < end; at++) {
    prefix |= view.getUint8(at) << (24 - 8 * (at - from));
  }
  return prefix >>> 0;
}
