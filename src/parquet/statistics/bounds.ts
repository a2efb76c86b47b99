import type { SortOrder } from '../schema/leaf-type.ts';
import { truncateMax, truncateMin } from './truncate.ts';

/** Longer byte strings are cut in statistics. */
export const MAX_BOUND_BYTES = 64;

/**
 * The smallest and the largest value of a page, in PLAIN encoding without length. They may be wider than the values:
 * a lower bound that was cut, an upper bound that was cut and incremented.
 */
export class Bounds {
  /** False where there is no value to compare: all are null or NaN. */
  defined = false;
  /** True where there is no upper bound that fits; nothing may be said of the values then. */
  unbounded = false;
  readonly min: Uint8Array<ArrayBuffer>;
  readonly max: Uint8Array<ArrayBuffer>;
  readonly minView: DataView<ArrayBuffer>;
  readonly maxView: DataView<ArrayBuffer>;
  minLength = 0;
  maxLength = 0;
  minExact = true;
  maxExact = true;

  constructor(byteWidth: number) {
    this.min = new Uint8Array(Math.max(byteWidth, MAX_BOUND_BYTES));
    this.max = new Uint8Array(Math.max(byteWidth, MAX_BOUND_BYTES));
    this.minView = new DataView(this.min.buffer);
    this.maxView = new DataView(this.max.buffer);
  }

  reset(): void {
    this.defined = false;
    this.unbounded = false;
  }

  /** Whether the bounds may be written. */
  get known(): boolean {
    return this.defined && !this.unbounded;
  }

  /** Takes the bounds over byte strings that were found at these places. */
  setBytes(
    view: DataView,
    minFrom: number,
    minLength: number,
    maxFrom: number,
    maxLength: number,
    utf8: boolean,
  ): void {
    const min = new Uint8Array(view.buffer, view.byteOffset + minFrom, minLength);
    const max = new Uint8Array(view.buffer, view.byteOffset + maxFrom, maxLength);
    this.minExact = minLength <= MAX_BOUND_BYTES;
    this.minLength = truncateMin(min, this.min, MAX_BOUND_BYTES, utf8);
    this.maxExact = maxLength <= MAX_BOUND_BYTES;
    this.maxLength = truncateMax(max, this.max, MAX_BOUND_BYTES, utf8);
    this.unbounded = this.maxLength < 0;
    this.defined = true;
  }

  /** Widens these bounds, those of a chunk, by those of one of its pages. */
  widen(page: Bounds, order: SortOrder): void {
    this.unbounded ||= page.unbounded;
    if (!page.known) {
      return;
    }
    const low = this.defined
      ? compareBounds(order, page.minView, 0, page.minLength, this.minView, 0, this.minLength)
      : -1;
    if (low < 0 || (low === 0 && page.minExact)) {
      this.min.set(page.min);
      this.minLength = page.minLength;
      this.minExact = page.minExact;
    }
    const high = this.defined
      ? compareBounds(order, page.maxView, 0, page.maxLength, this.maxView, 0, this.maxLength)
      : 1;
    if (high > 0 || (high === 0 && page.maxExact)) {
      this.max.set(page.max);
      this.maxLength = page.maxLength;
      this.maxExact = page.maxExact;
    }
    this.defined = true;
  }
}

/** Compares two bounds in a column's sort order: negative, zero or positive. */
export function compareBounds(
  order: SortOrder,
  a: DataView,
  aAt: number,
  aLength: number,
  b: DataView,
  bAt: number,
  bLength: number,
): number {
  switch (order) {
    case 'bool':
      return a.getUint8(aAt) - b.getUint8(bAt);
    case 'int32':
      return a.getInt32(aAt, true) - b.getInt32(bAt, true);
    case 'uint32':
      return a.getUint32(aAt, true) - b.getUint32(bAt, true);
    case 'int64':
      return (
        a.getInt32(aAt + 4, true) - b.getInt32(bAt + 4, true) ||
        a.getUint32(aAt, true) - b.getUint32(bAt, true)
      );
    case 'uint64':
      return (
        a.getUint32(aAt + 4, true) - b.getUint32(bAt + 4, true) ||
        a.getUint32(aAt, true) - b.getUint32(bAt, true)
      );
    case 'float':
      return sign(a.getFloat32(aAt, true), b.getFloat32(bAt, true));
    case 'double':
      return sign(a.getFloat64(aAt, true), b.getFloat64(bAt, true));
    case 'signed_bytes':
      return a.getInt8(aAt) - b.getInt8(bAt) || compareUnsigned(a, aAt, aLength, b, bAt, bLength);
    case 'unsigned_bytes':
      return compareUnsigned(a, aAt, aLength, b, bAt, bLength);
  }
}

// Infinities have no difference.
function sign(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares byte strings as unsigned bytes, four at a time. */
export function compareUnsigned(
  a: DataView,
  aAt: number,
  aLength: number,
  b: DataView,
  bAt: number,
  bLength: number,
): number {
  const length = Math.min(aLength, bLength);
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const left = a.getUint32(aAt + i);
    const right = b.getUint32(bAt + i);
    if (left !== right) {
      return left - right;
    }
  }
  for (; i < length; i++) {
    const difference = a.getUint8(aAt + i) - b.getUint8(bAt + i);
    if (difference !== 0) {
      return difference;
    }
  }
  return aLength - bLength;
}
