import { type ColumnBuilder, createBuilder, slotBytes } from '../columns/builders.ts';
import type { Column, RecordBatch } from '../columns/column.ts';
import { ExportError } from '../errors.ts';
import { type ColumnPlan, UNREPRESENTABLE } from '../types/pg-type.ts';
import { COPY_DATA, DECODER_PARAMETERS, decoderSource, MESSAGE_HEADER } from './codegen.ts';

/** Most rows of a batch, and so of a page. */
const MAX_BATCH_ROWS = 16_384;
/** A batch ends when this many bytes of rows have been decoded into it. */
const MAX_BATCH_BYTES = 8 << 20;

/** "PGCOPY\n\377\r\n\0", then int32 flags and int32 length of the header extension (COPY, "Binary Format"). */
const SIGNATURE = Uint8Array.from([0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00]);
const FILE_HEADER = SIGNATURE.length + 8;
const TRAILER = -1;

type Rows = (
  b: Uint8Array,
  v: DataView,
  p: number,
  stop: number,
  enough: number,
  r: number,
  capacity: number,
) => number;
type Row = (b: Uint8Array, v: DataView, p: number, stop: number, r: number) => number;
type WireFunctions = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Where the decoder's batches go and how large they may be. */
export interface BatchTarget {
  /** Takes a full batch. Its columns belong to the receiver until it gives them back with `recycle`. */
  onBatch(batch: RecordBatch): void;
  /** Rows that the next batch may have, at least 1; asked before each batch. */
  maxRows(): number;
}

/**
 * Decodes the CopyData messages of `COPY … TO STDOUT (FORMAT binary)` into record batches, by a function generated for
 * the query's columns. Throws `ExportError`: `protocol` for bytes that are no such rows, `value` for a value that the
 * column's Arrow type cannot hold; both name column and row.
 */
export class BinaryDecoder {
  readonly #columns: readonly ColumnPlan[];
  readonly #builders: readonly ColumnBuilder[];
  readonly #target: BatchTarget;
  readonly #capacity: number;
  readonly #rows: Rows;
  readonly #row: Row;
  /** state[0]: the next free slot; the generated code keeps it current. */
  readonly #state = new Int32Array(1);
  #batchRows: number;
  #batchBytes = 0;
  #decodedBefore = 0;
  #phase: 'header' | 'rows' | 'ended' = 'header';

  constructor(columns: readonly ColumnPlan[], functions: WireFunctions, target: BatchTarget) {
    this.#columns = columns;
    this.#target = target;
    const rowBytes = columns.reduce((sum, column) => sum + slotBytes(column.type), 0);
    this.#capacity = Math.max(1, Math.min(MAX_BATCH_ROWS, Math.floor(MAX_BATCH_BYTES / rowBytes)));
    this.#builders = columns.map((column) => createBuilder(column.type, this.#capacity));
    const names = Object.keys(functions);
    const create = new Function(...DECODER_PARAMETERS, ...names, decoderSource(columns));
    const generated = create(
      this.#builders,
      this.#state,
      (c: number, n: number) => this.#badLength(c, n),
      (c: number, reason: keyof typeof UNREPRESENTABLE) => this.#unrepresentable(c, reason),
      () => this.#malformed('the fields of a row do not add up to its length'),
      ...names.map((name) => functions[name]),
    ) as { rows: Rows; row: Row };
    this.#rows = generated.rows;
    this.#row = generated.row;
    this.#batchRows = this.#nextBatchRows();
  }

  /** Rows decoded so far. */
  get rowCount(): number {
    return this.#decodedBefore + this.#state[0]!;
  }

  /** The share of the current batch that is filled, 0 to 1. */
  get fill(): number {
    return Math.max(this.#state[0]! / this.#batchRows, this.#batchBytes / MAX_BATCH_BYTES);
  }

  /**
   * Decodes the whole CopyData messages at the start of `b[p … stop]` and returns where it stopped: at `stop`, at a
   * message that is not whole, or at one that is not CopyData. The bytes are not kept.
   */
  decode(b: Uint8Array, v: DataView, p: number, stop: number): number {
    try {
      return this.#decode(b, v, p, stop);
    } catch (error) {
      if (error instanceof RangeError) this.#malformed('a field reaches beyond the end of the data', error);
      throw error;
    }
  }

  /** Ends the stream: hands out the last batch. Throws if COPY's trailer has not come. */
  finish(): void {
    if (this.#phase !== 'ended') this.#malformed('the data ended without its trailer');
    if (this.#state[0]! > 0) this.#emit();
  }

  /** Gives back the columns of a batch that nobody reads any more. */
  recycle(batch: RecordBatch): void {
    for (let c = 0; c < batch.columns.length; c++) this.recycleColumn(c, batch.columns[c]!);
  }

  /** Gives back one column of a batch. */
  recycleColumn(index: number, column: Column): void {
    (this.#builders[index] as { recycle(column: Column): void }).recycle(column);
  }

  #decode(b: Uint8Array, v: DataView, p: number, stop: number): number {
    for (;;) {
      if (this.#phase === 'rows') {
        const start = p;
        const enough = start + MAX_BATCH_BYTES - this.#batchBytes;
        p = this.#rows(b, v, p, stop, enough, this.#state[0]!, this.#batchRows);
        this.#batchBytes += p - start;
        if (this.#state[0] === this.#batchRows || this.#batchBytes >= MAX_BATCH_BYTES) {
          this.#emit();
          continue;
        }
      }
      if (p + MESSAGE_HEADER > stop || b[p] !== COPY_DATA) return p;
      const length = v.getInt32(p + 1);
      if (length < 4) this.#malformed(`a message says that it is ${length} bytes long`);
      const next = p + 1 + length;
      if (next > stop) return p;
      this.#special(b, v, p + MESSAGE_HEADER, next);
      p = next;
    }
  }

  /** A message that is not just a row of the expected number of fields: header, trailer, or an error. */
  #special(b: Uint8Array, v: DataView, p: number, end: number): void {
    if (this.#phase === 'ended') this.#malformed('data came after the trailer');
    if (this.#phase === 'header') {
      p = this.#header(b, v, p, end);
      this.#phase = 'rows';
      if (p === end) return;
    }
    if (end - p < 2) this.#malformed('a message ends within a field count');
    const fields = v.getInt16(p);
    if (fields === TRAILER && end === p + 2) {
      this.#phase = 'ended';
      return;
    }
    if (fields !== this.#columns.length) {
      this.#malformed(`a row has ${fields} fields instead of ${this.#columns.length}`);
    }
    // The first row may share its message with the header.
    if (this.#row(b, v, p, end, this.#state[0]!) !== end) {
      this.#malformed('the fields of a row do not add up to its length');
    }
    this.#state[0]!++;
    this.#batchBytes += end - p;
    if (this.#state[0] === this.#batchRows) this.#emit();
  }

  #header(b: Uint8Array, v: DataView, p: number, end: number): number {
    if (end - p < FILE_HEADER || SIGNATURE.some((byte, i) => b[p + i] !== byte)) {
      this.#malformed('the data does not begin with the signature of binary COPY');
    }
    const flags = v.getInt32(p + SIGNATURE.length);
    const extension = v.getInt32(p + SIGNATURE.length + 4);
    if (flags !== 0 || extension < 0 || extension > end - p - FILE_HEADER) {
      this.#malformed(
        `the header of binary COPY has unknown flags (${flags}) or a wrong length (${extension})`,
      );
    }
    return p + FILE_HEADER + extension;
  }

  #emit(): void {
    const rows = this.#state[0]!;
    const columns = this.#builders.map((builder) => builder.take(rows));
    this.#decodedBefore += rows;
    this.#state[0] = 0;
    this.#batchBytes = 0;
    this.#target.onBatch({ rows, columns });
    this.#batchRows = this.#nextBatchRows();
  }

  #nextBatchRows(): number {
    return Math.max(1, Math.min(this.#capacity, this.#target.maxRows()));
  }

  #badLength(c: number, n: number): never {
    const { name, pgType, wire } = this.#columns[c]!;
    const expected = wire.width === null ? 'as many as the row has' : String(wire.width);
    throw new ExportError(
      'protocol',
      `a value of type ${pgType} came with ${n} bytes instead of ${expected}`,
      {
        stage: 'decode',
        column: name,
        row: this.rowCount + 1,
        hint: 'the data was damaged on its way, or the server is not PostgreSQL; run the export again',
      },
    );
  }

  #unrepresentable(c: number, reason: keyof typeof UNREPRESENTABLE): never {
    const { name, pgType } = this.#columns[c]!;
    throw new ExportError('value', `a value of type ${pgType} ${UNREPRESENTABLE[reason]}`, {
      stage: 'decode',
      column: name,
      row: this.rowCount + 1,
      hint: `cast the column to text in the query, or leave such values out`,
    });
  }

  #malformed(what: string, cause?: unknown): never {
    throw new ExportError('protocol', `the server's COPY data is malformed: ${what}`, {
      stage: 'decode',
      row: this.rowCount + 1,
      hint: 'the data was damaged on its way, or the server is not PostgreSQL; run the export again',
      cause,
    });
  }
}
