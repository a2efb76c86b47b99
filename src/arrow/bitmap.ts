import { bitmapBytes } from './validity.ts';

/** The bits from `offset` on, of which there are `length`, beginning with a byte's lowest one. */
export function bitmapAt(bitmap: Uint8Array, offset: number, length: number): Uint8Array {
  const first = offset >> 3;
  const shift = offset & 7;
  const size = bitmapBytes(length);
  if (shift === 0) return bitmap.subarray(first, first + size);
  const shifted = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    shifted[i] = (bitmap[first + i]! >> shift) | ((bitmap[first + i + 1] ?? 0) << (8 - shift));
  }
  return shifted;
}

/** How many of the first `length` bits are set. */
export function countValid(bitmap: Uint8Array, length: number): number {
  let count = 0;
  for (let i = 0; i < length; i++) {
    count += (bitmap[i >> 3]! >> (i & 7)) & 1;
  }
  return count;
}
