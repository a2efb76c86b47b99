import { BytesBuilder, type ColumnBuilder, createBuilder, recycle, slotBytes } from '../columns/builders.ts';
import type { Column, RecordBatch } from '../columns/column.ts';
import type { ColumnPlan } from '../types/pg-type.ts';

/** Most rows of a batch, and so of a page. */
export const MAX_BATCH_ROWS = 16_384;
/** A batch ends when this many bytes of rows have been decoded into it, or its texts have become so long. */
const MAX_BATCH_BYTES = 8 << 20;
/**
 * Rows after which it is looked how long the texts have become, where they are longer than they came: a numeric of 10
 * bytes may have 131,072 digits.
 */
const ROWS_BETWEEN_LOOKS = 64;

/** Where batches go and how large they may be. */
export interface BatchTarget {
  /** Takes a full batch. Its columns belong to the receiver until it gives them back with `recycleColumn`. */
  onBatch(batch: RecordBatch): void;
  /** Rows that the next batch may have, at least 1; asked before each batch, and never more than at first. */
  maxRows(): number;
}

/** Cuts the decoded rows into batches: holds the columns' builders and counts what has gone into them. */
export class BatchAssembler {
  readonly builders: readonly ColumnBuilder[];
  /** state[0] is the next free slot; the generated decoder keeps it current. */
  readonly state = new Int32Array(1);
  readonly #texts: readonly BytesBuilder[];
  readonly #target: BatchTarget;
  readonly #capacity: number;
  #maxRows: number;
  #bytes = 0;
  #expanding = true;
  #rowsBefore = 0;

  constructor(columns: readonly ColumnPlan[], target: BatchTarget) {
    const rowBytes = columns.reduce((sum, { value }) => sum + slotBytes(value.type), 0);
    const maxRows = Math.min(MAX_BATCH_ROWS, target.maxRows());
    this.#capacity = Math.max(1, Math.min(maxRows, Math.floor(MAX_BATCH_BYTES / rowBytes)));
    this.#target = target;
    this.builders = columns.map((column) => createBuilder(column.value.type, this.#capacity));
    this.#texts = this.builders.flatMap(textsOf);
    this.#maxRows = this.#nextMaxRows();
  }

  /** Rows decoded so far. */
  get rowCount(): number {
    return this.#rowsBefore + this.state[0]!;
  }

  /** The share of the current batch that is filled, 0 to 1. */
  get fill(): number {
    return Math.min(1, Math.max(this.state[0]! / this.#maxRows, this.#bytes / MAX_BATCH_BYTES));
  }

  /** Rows that the current batch may have. */
  get maxRows(): number {
    return this.#maxRows;
  }

  /** Rows that the current batch may have when `add` is to be called again. */
  get rowsUntilLook(): number {
    return this.#expanding ? Math.min(this.#maxRows, this.state[0]! + ROWS_BETWEEN_LOOKS) : this.#maxRows;
  }

  /** Bytes that may still be decoded into the current batch; a row that begins within them is taken whole. */
  get bytesLeft(): number {
    return MAX_BATCH_BYTES - this.#bytes;
  }

  /** Counts bytes of rows that were decoded, and hands out the batch if it is full; returns whether it did. */
  add(bytes: number): boolean {
    this.#bytes += bytes;
    const texts = this.#textBytes();
    this.#expanding = texts > this.#bytes;
    const full =
      this.state[0] === this.#maxRows || this.#bytes >= MAX_BATCH_BYTES || texts >= MAX_BATCH_BYTES;
    if (full) this.#emit();
    return full;
  }

  /** Hands out the last batch. */
  finish(): void {
    if (this.state[0]! > 0) this.#emit();
  }

  /** Gives back one column of a batch that nobody reads any more. */
  recycleColumn(index: number, column: Column): void {
    recycle(this.builders[index]!, column);
  }

  #textBytes(): number {
    let bytes = 0;
    for (const { end } of this.#texts) bytes += end;
    return bytes;
  }

  #emit(): void {
    const rows = this.state[0]!;
    const columns = this.builders.map((builder) => builder.take(rows));
    this.#rowsBefore += rows;
    this.state[0] = 0;
    this.#bytes = 0;
    this.#target.onBatch({ rows, columns });
    this.#maxRows = this.#nextMaxRows();
  }

  #nextMaxRows(): number {
    return Math.max(1, Math.min(this.#capacity, this.#target.maxRows()));
  }
}

/** The builders of text and bytes, nested ones included. */
function textsOf(builder: ColumnBuilder): readonly BytesBuilder[] {
  if (builder instanceof BytesBuilder) return [builder];
  if ('child' in builder) return textsOf(builder.child);
  return 'children' in builder ? builder.children.flatMap(textsOf) : [];
}
