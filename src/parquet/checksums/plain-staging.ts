import type { BitColumn, BytesColumn, Column, FixedColumn } from '../../columns/column.ts';
import type { LeafType } from '../schema/leaf-type.ts';
import type { LeafChecksum } from './leaf-checksum.ts';

const STAGED_BYTES = 1 << 16;
const staging = new Uint8Array(STAGED_BYTES);
const words = new Int32Array(staging.buffer);

/**
 * Adds the values in `count` slots of a leaf's column to its checksum, in the canonical form. It shares no code with the
 * encoders, whose mistakes it is to find.
 */
export function addSlots(
  checksum: LeafChecksum,
  type: LeafType,
  column: Column,
  slots: Int32Array,
  count: number,
): void {
  switch (column.layout) {
    case 'bits':
      addBits(checksum, column, slots, count);
      break;
    case 'fixed':
      addFixed(checksum, type, column, slots, count);
      break;
    case 'bytes':
      addBytes(checksum, column, slots, count);
  }
}

/** As `addSlots`, for all slots of a column without nulls whose memory is in the canonical form already. */
export function addWhole(checksum: LeafChecksum, type: LeafType, column: Column): boolean {
  if (column.layout !== 'fixed' || type.conversion !== 'none') return false;
  checksum.addValues(column.values.subarray(0, column.length * column.byteWidth));
  return true;
}

function addBits(checksum: LeafChecksum, { values }: BitColumn, slots: Int32Array, count: number): void {
  for (let from = 0; from < count; from += STAGED_BYTES) {
    const to = Math.min(count, from + STAGED_BYTES);
    for (let i = from; i < to; i++) {
      const slot = slots[i]!;
      staging[i - from] = (values[slot >> 3]! >> (slot & 7)) & 1;
    }
    checksum.addValues(staging.subarray(0, to - from));
  }
}

function addFixed(
  checksum: LeafChecksum,
  { conversion, byteWidth: width, order }: LeafType,
  { values, byteWidth: stride }: FixedColumn,
  slots: Int32Array,
  count: number,
): void {
  const perPiece = Math.floor(STAGED_BYTES / width);
  const wide = conversion === 'none' && width % 4 === 0;
  const source = wide ? new Int32Array(values.buffer, values.byteOffset, values.length >> 2) : null;
  for (let from = 0; from < count; from += Math.max(1, perPiece)) {
    const to = Math.min(count, from + Math.max(1, perPiece));
    const out = perPiece === 0 ? new Uint8Array(width) : staging;
    let at = 0;
    for (let i = from; i < to; i++) {
      const start = slots[i]! * stride;
      if (source !== null && perPiece > 0) {
        for (let word = 0; word < width >> 2; word++) words[at++] = source[(start >> 2) + word]!;
      } else if (conversion === 'big_endian') {
        for (let byte = width - 1; byte >= 0; byte--) out[at++] = values[start + byte]!;
      } else {
        // The low bytes; narrow integers are extended by their sign.
        const sign = values[start + stride - 1]! >= 0x80 && order === 'int32' ? 0xff : 0;
        for (let byte = 0; byte < width; byte++) out[at++] = byte < stride ? values[start + byte]! : sign;
      }
    }
    checksum.addValues(out.subarray(0, (to - from) * width));
  }
}

function addBytes(checksum: LeafChecksum, column: BytesColumn, slots: Int32Array, count: number): void {
  const { offsets, data } = column;
  let staged = 0;
  for (let i = 0; i < count; i++) {
    const from = offsets[slots[i]!]!;
    const end = offsets[slots[i]! + 1]!;
    const length = end - from;
    if (length + 4 > STAGED_BYTES - staged) {
      checksum.addValues(staging.subarray(0, staged));
      staged = 0;
    }
    staging[staged++] = length;
    staging[staged++] = length >> 8;
    staging[staged++] = length >> 16;
    staging[staged++] = length >> 24;
    if (length + 4 > STAGED_BYTES) {
      checksum.addValues(staging.subarray(0, staged));
      checksum.addValues(data.subarray(from, end));
      staged = 0;
    } else {
      for (let at = from; at < end; at++) staging[staged++] = data[at]!;
    }
  }
  checksum.addValues(staging.subarray(0, staged));
}
