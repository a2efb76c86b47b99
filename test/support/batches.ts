import type { Column, RecordBatch } from '../../src/columns/column.ts';

/** A column's values: null, or what the layout holds, as text that tests can compare (bytes as hex). */
export function columnValues(column: Column): (string | null)[] {
  return Array.from({ length: column.length }, (_, i) => {
    if (column.nullCount > 0 && ((column.validity[i >> 3]! >> (i & 7)) & 1) === 0) return null;
    return slotText(column, i);
  });
}

function slotText(column: Column, i: number): string {
  switch (column.layout) {
    case 'bits':
      return String((column.values[i >> 3]! >> (i & 7)) & 1);
    case 'fixed':
      return hex(column.values.subarray(i * column.byteWidth, (i + 1) * column.byteWidth));
    case 'bytes':
      return hex(column.data.subarray(column.offsets[i]!, column.offsets[i + 1]!));
    default:
      throw new TypeError(`${column.layout} is not flat`);
  }
}

/** The rows of batches, each as the texts of its columns. */
export function batchRows(batches: readonly RecordBatch[]): (string | null)[][] {
  return batches.flatMap(({ rows, columns }) => {
    const values = columns.map(columnValues);
    return Array.from({ length: rows }, (_, row) => values.map((column) => column[row]!));
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
