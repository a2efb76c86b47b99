import type { Column } from '../columns/column.ts';

/** A bitmap is there only where something is null (Arrow columnar format, "Validity bitmaps"). */
export function validityOf({ length, nullCount, validity }: Column): Uint8Array | undefined {
  return nullCount === 0 ? undefined : validity.subarray(0, bitmapBytes(length));
}

export function isValid(
  { nullCount, validity }: Pick<Column, 'nullCount' | 'validity'>,
  slot: number,
): boolean {
  return nullCount === 0 || ((validity[slot >> 3]! >> (slot & 7)) & 1) === 1;
}

export function bitmapBytes(bits: number): number {
  return (bits + 7) >> 3;
}
