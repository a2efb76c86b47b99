/**
 * Columns and record batches in Arrow's memory layout (Arrow columnar format, "Physical memory layout"): what the
 * decoder fills, the Parquet encoder reads, and `exportBatches` hands out.
 */

/** One column, or one nested member of a column. `length` counts its slots, null ones included. */
export type Column = BitColumn | FixedColumn | BytesColumn | ListColumn | StructColumn;

interface ColumnBase {
  length: number;
  nullCount: number;
  /**
   * One bit per slot, least significant bit first, 1 = valid. Bits at or beyond `length` are unspecified. Where
   * `nullCount` is 0 the bitmap may be shorter than `length` and must not be read.
   */
  validity: Uint8Array;
}

/** Booleans, one bit each, least significant bit first; bits of null slots and beyond `length` are unspecified. */
export interface BitColumn extends ColumnBase {
  readonly layout: 'bits';
  values: Uint8Array;
}

/**
 * Values of one width, little-endian. `values` is aligned to 8 bytes within its buffer and at least
 * `length × byteWidth` bytes long; the bytes of null slots are unspecified.
 */
export interface FixedColumn extends ColumnBase {
  readonly layout: 'fixed';
  readonly byteWidth: number;
  values: Uint8Array;
}

/** Variable-length bytes: slot `i` is `data[offsets[i] … offsets[i + 1]]`; a null slot is empty. `offsets[0]` is 0. */
export interface BytesColumn extends ColumnBase {
  readonly layout: 'bytes';
  offsets: Int32Array;
  data: Uint8Array;
}

/** Lists: slot `i` holds the child's slots `offsets[i] … offsets[i + 1]`; a null slot is empty. `offsets[0]` is 0. */
export interface ListColumn extends ColumnBase {
  readonly layout: 'list';
  offsets: Int32Array;
  readonly child: Column;
}

/** Structs: each child has as many slots as the struct; the children's slots under a null struct are unspecified. */
export interface StructColumn extends ColumnBase {
  readonly layout: 'struct';
  readonly children: readonly Column[];
}

/** Some consecutive rows of a result; every column has `rows` slots. */
export interface RecordBatch {
  readonly rows: number;
  readonly columns: readonly Column[];
}
