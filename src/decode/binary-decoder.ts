import type { ColumnPlan, Unrepresentable } from '../types/pg-type.ts';
import { ArrayShape } from './array-shape.ts';
import type { BatchTarget } from './batch-assembler.ts';
import { binarySource, type DecodeColumn } from './binary-source.ts';
import type { DecodeFailures } from './failures.ts';
import { COPY_DATA, compile, type DecodeFunctions, MESSAGE_HEADER } from './generate.ts';
import { builderOfNodes, columnNodes } from './nodes.ts';
import { RowDecoder } from './row-decoder.ts';
import { RowsByColumn } from './rows-by-column.ts';
import { SharedRows } from './shared-rows.ts';
import { SingleRow } from './single-row.ts';

/** "PGCOPY\n\377\r\n\0", then int32 flags and int32 length of the header extension (COPY, "Binary Format"). */
const SIGNATURE = Uint8Array.from([0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00]);
const FILE_HEADER = SIGNATURE.length + 8;
const TRAILER = -1;

/** What decodes rows: most of them some hundred at a time, the others one by one. */
interface RowDecoders {
  readonly many: RowsByColumn;
  readonly one: SingleRow;
}

/** Decodes `COPY … TO STDOUT (FORMAT binary)`: see `CopyDecoder`. */
export class BinaryDecoder extends RowDecoder<RowDecoders> {
  #phase: 'header' | 'rows' | 'ended' = 'header';

  /** A decoder that hands its batches to `target`. */
  static create(
    columns: readonly ColumnPlan[],
    functions: DecodeFunctions,
    failures: DecodeFailures,
    target: BatchTarget,
  ): BinaryDecoder {
    const shared = new SharedRows<RowDecoders>(columns, target, failures, (rows) => {
      const surroundings = {
        builders: builderOfNodes(columnNodes(columns), rows.assembler.builders),
        state: rows.assembler.state,
        shape: new ArrayShape(),
        badLength: (c: number, n: number) => rows.failures.badLength(c, n),
        unrepresentable: (c: number, reason: Unrepresentable) => rows.failures.unrepresentable(c, reason),
        overrun: () => rows.failures.malformed('the fields of a row do not add up to its length'),
      };
      const decoders = compile<DecodeColumn[]>(binarySource(columns), surroundings, functions);
      const widths = columns.map(widthOf);
      return {
        many: new RowsByColumn(columns, widths, rows.assembler, decoders),
        one: new SingleRow(widths, decoders, surroundings),
      };
    });
    return new BinaryDecoder(shared, failures);
  }

  sibling(failures: DecodeFailures): BinaryDecoder {
    return new BinaryDecoder(this.shared, failures);
  }

  begin(): void {
    this.#phase = 'header';
  }

  end(): void {
    if (this.#phase !== 'ended') this.failures.malformed('the data ended without its trailer');
  }

  protected decodeMessages(b: Uint8Array, v: DataView, p: number, stop: number): number {
    try {
      return this.#decode(b, v, p, stop);
    } catch (error) {
      // As a DataView says it; other range errors come from the batch's receiver.
      if (error instanceof RangeError && error.message.includes('outside the bounds of the DataView')) {
        this.failures.malformed('a field reaches beyond the end of the data', error);
      }
      throw error;
    }
  }

  #decode(b: Uint8Array, v: DataView, p: number, stop: number): number {
    const { assembler, generated } = this.shared;
    generated.many.begin();
    for (;;) {
      if (this.#phase === 'rows') {
        const start = p;
        p = generated.many.rows(b, p, stop, start + assembler.bytesLeft);
        if (p > start) {
          assembler.add(p - start);
          continue;
        }
      }
      if (p + MESSAGE_HEADER > stop || b[p] !== COPY_DATA) return p;
      const length = v.getInt32(p + 1);
      if (length < 4) this.failures.malformed(`a message says that it is ${length} bytes long`);
      const next = p + 1 + length;
      if (next > stop) return p;
      this.#special(b, v, p + MESSAGE_HEADER, next);
      p = next;
    }
  }

  /** A message that the kernels stopped before: header, trailer, a row that is long or shares it with the header, or an error. */
  #special(b: Uint8Array, v: DataView, p: number, end: number): void {
    if (this.#phase === 'ended') this.failures.malformed('data came after the trailer');
    if (this.#phase === 'header') {
      p = this.#header(b, v, p, end);
      this.#phase = 'rows';
      if (p === end) return;
    }
    if (end - p < 2) this.failures.malformed('a message ends within a field count');
    const fields = v.getInt16(p);
    if (fields === TRAILER && end === p + 2) {
      this.#phase = 'ended';
      return;
    }
    if (fields !== this.shared.columns.length) {
      this.failures.malformed(`a row has ${fields} fields instead of ${this.shared.columns.length}`);
    }
    const { assembler, generated } = this.shared;
    const { state } = assembler;
    if (generated.one.decode(b, v, p + 2, end, state[0]!) !== end) {
      this.failures.malformed('the fields of a row do not add up to its length');
    }
    state[0]!++;
    assembler.add(end - p);
  }

  #header(b: Uint8Array, v: DataView, p: number, end: number): number {
    if (end - p < FILE_HEADER || SIGNATURE.some((byte, i) => b[p + i] !== byte)) {
      this.failures.malformed('the data does not begin with the signature of binary COPY');
    }
    const flags = v.getInt32(p + SIGNATURE.length);
    const extension = v.getInt32(p + SIGNATURE.length + 4);
    if (flags !== 0 || extension < 0 || extension > end - p - FILE_HEADER) {
      this.failures.malformed(`the header has unknown flags (${flags}) or a wrong length (${extension})`);
    }
    return p + FILE_HEADER + extension;
  }
}

function widthOf({ value }: ColumnPlan): number | null {
  return value.kind === 'scalar' ? value.binary.width : null;
}
