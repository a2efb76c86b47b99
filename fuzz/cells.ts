import type { Column, RecordBatch } from '../src/columns/column.ts';
import { childFields, type DataType } from '../src/types/kinds.ts';

/**
 * A value as decoders are compared: null; the bytes in Arrow's memory as hex, `0` or `1` of a boolean; lists, structs and
 * maps as arrays.
 */
export type Cell = null | string | readonly Cell[];

/** The rows of a batch. */
export function batchRows({ rows, columns }: RecordBatch, types: readonly DataType[]): Cell[][] {
  const cells = columns.map((column, i) => columnCells(column, types[i]!));
  return Array.from({ length: rows }, (_, row) => cells.map((column) => column[row]!));
}

/** Throws where the column contradicts itself. */
function columnCells(column: Column, type: DataType): Cell[] {
  const values = cellsOf(column, type);
  if (column.nullCount === 0) return values;
  let nulls = 0;
  const cells = values.map((value, i) => {
    if ((column.validity[i >> 3]! >> (i & 7)) & 1) return value;
    nulls++;
    return null;
  });
  if (nulls !== column.nullCount) throw new Error(`${nulls} nulls, but nullCount is ${column.nullCount}`);
  return cells;
}

function cellsOf(column: Column, type: DataType): Cell[] {
  const slots = Array.from({ length: column.length }, (_, i) => i);
  switch (column.layout) {
    case 'bits':
      return slots.map((i) => String((column.values[i >> 3]! >> (i & 7)) & 1));
    case 'fixed':
      return slots.map((i) => hex(column.values.subarray(i * column.byteWidth, (i + 1) * column.byteWidth)));
    case 'bytes':
      return slots.map((i) => hex(column.data.subarray(column.offsets[i]!, column.offsets[i + 1]!)));
    case 'list': {
      if (column.offsets[column.length] !== column.child.length && column.length > 0) {
        throw new Error('the last offset of a list is not the end of its elements');
      }
      const elements = columnCells(column.child, childFields(type)[0]!.type);
      return slots.map((i) => elements.slice(column.offsets[i]!, column.offsets[i + 1]!));
    }
    case 'struct': {
      const members = column.children.map((child, i) => columnCells(child, childFields(type)[i]!.type));
      return slots.map((i) => members.map((member) => member[i]!));
    }
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
