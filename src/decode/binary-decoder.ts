import type { Column } from '../columns/column.ts';
import type { ColumnPlan } from '../types/pg-type.ts';
import { ArrayShape } from './array-shape.ts';
import { BatchAssembler, type BatchTarget } from './batch-assembler.ts';
import { type BinaryRows, binarySource } from './binary-source.ts';
import type { CopyDecoder } from './copy-decoder.ts';
import type { DecodeFailures } from './failures.ts';
import { COPY_DATA, compile, type DecodeFunctions, MESSAGE_HEADER } from './generate.ts';
import { builderOfNodes, columnNodes } from './nodes.ts';

/** "PGCOPY\n\377\r\n\0", then int32 flags and int32 length of the header extension (COPY, "Binary Format"). */
const SIGNATURE = Uint8Array.from([0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00]);
const FILE_HEADER = SIGNATURE.length + 8;
const TRAILER = -1;

/** Decodes `COPY … TO STDOUT (FORMAT binary)`: see `CopyDecoder`. */
export class BinaryDecoder implements CopyDecoder {
  readonly #fieldCount: number;
  readonly #assembler: BatchAssembler;
  readonly #failures: DecodeFailures;
  readonly #generated: BinaryRows;
  #phase: 'header' | 'rows' | 'ended' = 'header';

  constructor(
    columns: readonly ColumnPlan[],
    functions: DecodeFunctions,
    failures: DecodeFailures,
    target: BatchTarget,
  ) {
    this.#fieldCount = columns.length;
    const assembler = new BatchAssembler(columns, target);
    failures.countRowsBy(() => assembler.rowCount);
    this.#assembler = assembler;
    this.#failures = failures;
    const surroundings = {
      builders: builderOfNodes(columnNodes(columns), assembler.builders),
      state: assembler.state,
      shape: new ArrayShape(),
      badLength: failures.badLength.bind(failures),
      unrepresentable: failures.unrepresentable.bind(failures),
      overrun: () => failures.malformed('the fields of a row do not add up to its length'),
    };
    this.#generated = compile(binarySource(columns), surroundings, functions);
  }

  get rowCount(): number {
    return this.#assembler.rowCount;
  }

  get fill(): number {
    return this.#assembler.fill;
  }

  decode(b: Uint8Array, v: DataView, p: number, stop: number): number {
    try {
      return this.#decode(b, v, p, stop);
    } catch (error) {
      // As a DataView says it; other range errors come from the batch's receiver.
      if (error instanceof RangeError && error.message.includes('outside the bounds of the DataView')) {
        this.#failures.malformed('a field reaches beyond the end of the data', error);
      }
      throw error;
    }
  }

  begin(): void {
    this.#phase = 'header';
  }

  end(): void {
    if (this.#phase !== 'ended') this.#failures.malformed('the data ended without its trailer');
  }

  finish(): void {
    this.#assembler.finish();
  }

  recycleColumn(index: number, column: Column): void {
    this.#assembler.recycleColumn(index, column);
  }

  #decode(b: Uint8Array, v: DataView, p: number, stop: number): number {
    for (;;) {
      if (this.#phase === 'rows') {
        const start = p;
        const { bytesLeft, rowsUntilLook } = this.#assembler;
        p = this.#generated.rows(b, v, p, stop, start + bytesLeft, rowsUntilLook);
        if (this.#assembler.add(p - start) || p > start) continue;
      }
      if (p + MESSAGE_HEADER > stop || b[p] !== COPY_DATA) return p;
      const length = v.getInt32(p + 1);
      if (length < 4) this.#failures.malformed(`a message says that it is ${length} bytes long`);
      const next = p + 1 + length;
      if (next > stop) return p;
      this.#special(b, v, p + MESSAGE_HEADER, next);
      p = next;
    }
  }

  /** A message that is not just a row of the expected number of fields: header, trailer, or an error. */
  #special(b: Uint8Array, v: DataView, p: number, end: number): void {
    if (this.#phase === 'ended') this.#failures.malformed('data came after the trailer');
    if (this.#phase === 'header') {
      p = this.#header(b, v, p, end);
      this.#phase = 'rows';
      if (p === end) return;
    }
    if (end - p < 2) this.#failures.malformed('a message ends within a field count');
    const fields = v.getInt16(p);
    if (fields === TRAILER && end === p + 2) {
      this.#phase = 'ended';
      return;
    }
    if (fields !== this.#fieldCount) {
      this.#failures.malformed(`a row has ${fields} fields instead of ${this.#fieldCount}`);
    }
    // The first row may share its message with the header.
    const { state } = this.#assembler;
    if (this.#generated.row(b, v, p, end, state[0]!) !== end) {
      this.#failures.malformed('the fields of a row do not add up to its length');
    }
    state[0]!++;
    this.#assembler.add(end - p);
  }

  #header(b: Uint8Array, v: DataView, p: number, end: number): number {
    if (end - p < FILE_HEADER || SIGNATURE.some((byte, i) => b[p + i] !== byte)) {
      this.#failures.malformed('the data does not begin with the signature of binary COPY');
    }
    const flags = v.getInt32(p + SIGNATURE.length);
    const extension = v.getInt32(p + SIGNATURE.length + 4);
    if (flags !== 0 || extension < 0 || extension > end - p - FILE_HEADER) {
      this.#failures.malformed(`the header has unknown flags (${flags}) or a wrong length (${extension})`);
    }
    return p + FILE_HEADER + extension;
  }
}
