import type { Annotation } from './annotation.ts';
import { Physical } from './physical.ts';

/** How values are compared for statistics (Parquet format, `ColumnOrder`, TypeDefinedOrder). */
export type Order =
  | 'bool'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float16'
  | 'float'
  | 'double'
  | 'bytes'
  /** Two's complement, most significant byte first, of any length. */
  | 'decimal_bytes';

/** The order of a column's values; null where the format gives none. */
export function orderOf(physical: number, annotation: Annotation): Order | null {
  const { id } = annotation;
  if (['unknown', 'interval', 'geometry', 'geography', 'null'].includes(id)) return null;
  const unsigned = id === 'integer' && !annotation.signed;
  switch (physical) {
    case Physical.boolean:
      return 'bool';
    case Physical.int32:
      return unsigned ? 'uint32' : 'int32';
    case Physical.int64:
      return unsigned ? 'uint64' : 'int64';
    case Physical.float:
      return 'float';
    case Physical.double:
      return 'double';
    case Physical.bytes:
    case Physical.fixed:
      return id === 'decimal' ? 'decimal_bytes' : id === 'float16' ? 'float16' : 'bytes';
    default:
      return null;
  }
}

/** Whether a value as long as the order asks for; byte strings may have any length. */
export function fitsOrder(order: Order, length: number): boolean {
  switch (order) {
    case 'bool':
      return length === 1;
    case 'float16':
      return length === 2;
    case 'int32':
    case 'uint32':
    case 'float':
      return length === 4;
    case 'int64':
    case 'uint64':
    case 'double':
      return length === 8;
    default:
      return true;
  }
}

/** Compares two values in PLAIN form, without length: negative, zero or positive; NaN for one that is NaN. */
export type Compare = (a: Uint8Array, b: Uint8Array) => number;

export function comparison(order: Order): Compare {
  switch (order) {
    case 'bool':
      return (a, b) => a[0]! - b[0]!;
    case 'int32':
      return (a, b) => word(a, 0) - word(b, 0);
    case 'uint32':
      return (a, b) => (word(a, 0) >>> 0) - (word(b, 0) >>> 0);
    case 'int64':
      return (a, b) => word(a, 4) - word(b, 4) || (word(a, 0) >>> 0) - (word(b, 0) >>> 0);
    case 'uint64':
      return (a, b) => (word(a, 4) >>> 0) - (word(b, 4) >>> 0) || (word(a, 0) >>> 0) - (word(b, 0) >>> 0);
    case 'float16':
      return (a, b) => sign(half(a), half(b));
    case 'float':
      return (a, b) => sign(viewOf(a).getFloat32(0, true), viewOf(b).getFloat32(0, true));
    case 'double':
      return (a, b) => sign(viewOf(a).getFloat64(0, true), viewOf(b).getFloat64(0, true));
    case 'bytes':
      return (a, b) => Buffer.compare(a, b);
    case 'decimal_bytes':
      return compareDecimals;
  }
}

/** Whether a value is NaN, which no bound may be and which bounds do not cover. */
export function isNaNValue(order: Order, value: Uint8Array): boolean {
  switch (order) {
    case 'float16':
      return Number.isNaN(half(value));
    case 'float':
      return Number.isNaN(viewOf(value).getFloat32(0, true));
    case 'double':
      return Number.isNaN(viewOf(value).getFloat64(0, true));
    default:
      return false;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function sign(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN;
}

function half(bytes: Uint8Array): number {
  const bits = bytes[0]! | (bytes[1]! << 8);
  const fraction = bits & 0x3ff;
  const exponent = (bits >> 10) & 0x1f;
  const magnitude =
    exponent === 0x1f
      ? fraction === 0
        ? Number.POSITIVE_INFINITY
        : Number.NaN
      : exponent === 0
        ? fraction * 2 ** -24
        : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits >> 15 === 1 ? -magnitude : magnitude;
}

function compareDecimals(a: Uint8Array, b: Uint8Array): number {
  const aFill = a.length > 0 && a[0]! >= 0x80 ? 0xff : 0;
  const bFill = b.length > 0 && b[0]! >= 0x80 ? 0xff : 0;
  if (aFill !== bFill) return aFill === 0 ? 1 : -1;
  const length = Math.max(a.length, b.length);
  for (let i = -length; i < 0; i++) {
    const difference = (a[a.length + i] ?? aFill) - (b[b.length + i] ?? bFill);
    if (difference !== 0) return difference;
  }
  return 0;
}
