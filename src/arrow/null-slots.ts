import type { BytesColumn } from '../columns/column.ts';
import { isValid } from './validity.ts';

/** Arrow lets null slots hold bytes; columns here must not. Copies the column where some do. */
export function withoutBytesOfNulls(column: BytesColumn): BytesColumn {
  const { length, offsets, data } = column;
  if (!holdsBytesOfNulls(column)) return column;
  const kept = new Int32Array(length + 1);
  const bytes = new Uint8Array(offsets[length]! - offsets[0]!);
  for (let slot = 0; slot < length; slot++) {
    kept[slot + 1] = kept[slot]!;
    if (!isValid(column, slot)) continue;
    bytes.set(data.subarray(offsets[slot]!, offsets[slot + 1]!), kept[slot]);
    kept[slot + 1]! += offsets[slot + 1]! - offsets[slot]!;
  }
  return { ...column, offsets: kept, data: bytes };
}

function holdsBytesOfNulls(column: BytesColumn): boolean {
  const { length, nullCount, offsets } = column;
  if (nullCount === 0) return false;
  for (let slot = 0; slot < length; slot++) {
    if (offsets[slot] !== offsets[slot + 1] && !isValid(column, slot)) return true;
  }
  return false;
}
