import type { RecordBatch } from '../../columns/column.ts';
import type { EncodedRowGroup } from '../../parquet/encoded.ts';
import type { RowGroupEncoder } from '../../parquet/row-group-encoder.ts';

/** Where finished row groups and used columns go. */
export interface EncodedTarget {
  onRowGroup(rowGroup: EncodedRowGroup): void;
  recycle(index: number, column: RecordBatch['columns'][number]): void;
}

/**
 * When a row group ends: at so many rows, or after the batch in which its pages reach so many bytes; and how many rows a
 * batch, and so a page, has at most.
 */
export interface RowGroupLimits {
  readonly rows: number;
  readonly pageRows: number;
  readonly bytes: number;
}

/**
 * Encodes each batch while the next one fills, column by column in step with the arriving rows: encoding a whole batch
 * at once would let the socket's buffer run full and the server stand still (measured: a quarter of the time over a
 * Unix socket).
 */
export class PacedEncoder {
  readonly #encoder: RowGroupEncoder;
  readonly #limits: RowGroupLimits;
  readonly #target: EncodedTarget;
  /** The batch that waits to be encoded, and how far that has come. */
  #batch: RecordBatch | null = null;
  #nextColumn = 0;
  /** Encoded rows of the current row group. */
  #rows = 0;

  constructor(encoder: RowGroupEncoder, limits: RowGroupLimits, target: EncodedTarget) {
    this.#encoder = encoder;
    this.#limits = limits;
    this.#target = target;
  }

  /** Rows that the next batch may have: a page of them, but without crossing the end of the row group. */
  get maxRows(): number {
    return Math.min(this.#limits.pageRows, this.#limits.rows - this.#rows - (this.#batch?.rows ?? 0));
  }

  /** Takes a full batch, whose columns are recycled as soon as they are encoded. */
  push(batch: RecordBatch): void {
    this.#encodeUpTo(1);
    this.#batch = batch;
    this.#nextColumn = 0;
    // The next batch belongs to the next row group, and must know how many rows it may have.
    if (this.maxRows === 0) this.#encodeUpTo(1);
  }

  /** Encodes as much of the waiting batch as the next one is filled, `fill` being 0 to 1. */
  keepPace(fill: number): void {
    if (this.#batch !== null) this.#encodeUpTo(fill);
  }

  /** Encodes what waits and ends the last row group. */
  finish(): void {
    this.#encodeUpTo(1);
    if (this.#rows > 0) this.#finishRowGroup();
  }

  #encodeUpTo(share: number): void {
    const batch = this.#batch;
    if (batch === null) return;
    const stop = Math.ceil(share * batch.columns.length);
    for (; this.#nextColumn < stop; this.#nextColumn++) {
      const column = batch.columns[this.#nextColumn]!;
      this.#encoder.appendColumn(this.#nextColumn, column);
      this.#target.recycle(this.#nextColumn, column);
    }
    if (this.#nextColumn < batch.columns.length) return;
    this.#batch = null;
    this.#rows += batch.rows;
    const { rows, bytes } = this.#limits;
    if (this.#rows === rows || this.#encoder.encodedBytes >= bytes) this.#finishRowGroup();
  }

  #finishRowGroup(): void {
    this.#target.onRowGroup(this.#encoder.finish(this.#rows));
    this.#rows = 0;
  }
}
