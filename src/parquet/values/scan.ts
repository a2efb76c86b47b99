/** Passes over a page's values that find their smallest and largest. */

import type { BytesDictionary } from '../dictionary/dictionary-bytes.ts';
import type { PageKernels } from '../memory/page-kernels.ts';
import type { SortOrder } from '../schema/leaf-type.ts';
import type { Bounds } from '../statistics/bounds.ts';
import { compareUnsigned } from '../statistics/bounds.ts';

/** Orders whose values the kernels compare. */
const SCANS = {
  int32: 'scanInt32',
  uint32: 'scanUint32',
  int64: 'scanInt64',
  uint64: 'scanUint64',
  float: 'scanFloat32',
  double: 'scanFloat64',
} as const;
type ScannedOrder = keyof typeof SCANS;

export function isScanned(order: SortOrder): order is ScannedOrder {
  return order in SCANS;
}

/** Numbers of 4 or 8 bytes that are loaded. Of floats NaN is passed over; a page of nothing else has no bounds. */
export function scanNumbers(
  { exports, values, bytes, layout }: PageKernels,
  count: number,
  byteWidth: number,
  order: ScannedOrder,
  bounds: Bounds,
): void {
  exports[SCANS[order]](values.address, count);
  bounds.min.set(bytes.subarray(layout.MIN, layout.MIN + byteWidth));
  bounds.max.set(bytes.subarray(layout.MAX, layout.MAX + byteWidth));
  if ((order === 'float' || order === 'double') && !widenZeros(bounds, byteWidth)) return;
  setExact(bounds, byteWidth);
}

/**
 * A bound of zero takes the sign that includes both zeros (parquet.thrift, `ColumnOrder`). False where there were only
 * NaNs, and the least is above the greatest.
 */
function widenZeros({ minView, maxView }: Bounds, byteWidth: number): boolean {
  const get = byteWidth === 4 ? 'getFloat32' : 'getFloat64';
  const set = byteWidth === 4 ? 'setFloat32' : 'setFloat64';
  const min = minView[get](0, true);
  const max = maxView[get](0, true);
  if (min === 0) minView[set](0, -0, true);
  if (max === 0) maxView[set](0, 0, true);
  return min <= max;
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

/** Byte strings; `view` is of `source`. */
export function scanBytes(
  kernels: PageKernels,
  source: Uint8Array,
  view: DataView,
  offsets: Int32Array,
  count: number,
  utf8: boolean,
  bounds: Bounds,
): void {
  let min = 0;
  let max = 0;
  for (const { from, to, data, offsets: starts } of kernels.pieces(source, offsets, 0, count)) {
    const found = data === null ? { least: 0, greatest: 0 } : kernels.scanBytes(data, starts, 0, to - from);
    if (compareAt(view, offsets, from + found.least, min) < 0) min = from + found.least;
    if (compareAt(view, offsets, from + found.greatest, max) > 0) max = from + found.greatest;
  }
  setBytes(view, offsets, min, max, utf8, bounds);
}

/** Byte strings that have been turned into indices of a dictionary: each entry that occurs is looked at once. */
export function scanEntries(dictionary: BytesDictionary, count: number, utf8: boolean, bounds: Bounds): void {
  const { least, greatest } = dictionary.scan(count);
  setBytes(dictionary.view, dictionary.offsets, least, greatest, utf8, bounds);
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
