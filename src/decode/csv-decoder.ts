import type { Column } from '../columns/column.ts';
import type { ColumnPlan, Unrepresentable } from '../types/pg-type.ts';
import type { BatchAssembler, BatchTarget } from './batch-assembler.ts';
import type { CopyDecoder } from './copy-decoder.ts';
import { type CsvRows, csvSource } from './csv-source.ts';
import type { DecodeFailures } from './failures.ts';
import { COPY_DATA, compile, type DecodeFunctions, MESSAGE_HEADER } from './generate.ts';
import { NestedTexts } from './nested-text.ts';
import { builderOfNodes, columnNodes } from './nodes.ts';
import { OwnRows, SharedRows } from './shared-rows.ts';
import { Unquoter } from './unquoter.ts';

/** Decodes `COPY … TO STDOUT (FORMAT csv, HEADER)`: see `CopyDecoder`. */
export class CsvDecoder implements CopyDecoder {
  readonly #shared: SharedRows<CsvRows>;
  readonly #assembler: BatchAssembler;
  readonly #rows: OwnRows;
  readonly #failures: DecodeFailures;
  /** Whether the line with the columns' names is still to come. */
  #beforeHeader = true;

  constructor(shared: SharedRows<CsvRows>, failures: DecodeFailures) {
    this.#shared = shared;
    this.#assembler = shared.assembler;
    this.#rows = new OwnRows(shared.assembler);
    this.#failures = failures;
    failures.countRowsBy(() => this.rowCount);
  }

  /** A decoder that hands its batches to `target`. */
  static create(
    columns: readonly ColumnPlan[],
    functions: DecodeFunctions,
    failures: DecodeFailures,
    target: BatchTarget,
  ): CsvDecoder {
    const shared = new SharedRows<CsvRows>(columns, target, failures, (rows) => {
      const surroundings = {
        builders: builderOfNodes(columnNodes(columns), rows.assembler.builders),
        state: rows.assembler.state,
        unquoter: new Unquoter(),
        nestedTexts: new NestedTexts(),
        badField: (c: number) =>
          rows.failures.malformed(`field ${c + 1} of a line is not followed by what should follow it`),
        unrepresentable: (c: number, reason: Unrepresentable) => rows.failures.unrepresentable(c, reason),
      };
      return compile(csvSource(columns), surroundings, functions);
    });
    return new CsvDecoder(shared, failures);
  }

  get rowCount(): number {
    return this.#rows.count;
  }

  get fill(): number {
    return this.#assembler.fill;
  }

  sibling(failures: DecodeFailures): CsvDecoder {
    return new CsvDecoder(this.#shared, failures);
  }

  decode(b: Uint8Array, v: DataView, p: number, stop: number): number {
    this.#shared.failures = this.#failures;
    this.#rows.begin();
    try {
      return this.#decode(b, v, p, stop);
    } finally {
      this.#rows.end();
    }
  }

  begin(): void {
    this.#beforeHeader = true;
  }

  end(): void {
    if (this.#beforeHeader) this.#failures.malformed('the data ended without its header line');
  }

  finish(): void {
    this.#assembler.finish();
  }

  recycleColumn(index: number, column: Column): void {
    this.#assembler.recycleColumn(index, column);
  }

  #decode(b: Uint8Array, v: DataView, p: number, stop: number): number {
    if (this.#beforeHeader) {
      if (p + MESSAGE_HEADER > stop || b[p] !== COPY_DATA) return p;
      const length = v.getInt32(p + 1);
      if (length < 4) this.#failures.malformed(`a message says that it is ${length} bytes long`);
      const next = p + 1 + length;
      if (next > stop) return p;
      this.#beforeHeader = false;
      p = next;
    }
    for (;;) {
      const start = p;
      const { bytesLeft, maxRows } = this.#assembler;
      p = this.#shared.generated.rows(b, v, p, stop, start + bytesLeft, maxRows);
      if (this.#assembler.add(p - start)) continue;
      if (p + MESSAGE_HEADER <= stop && b[p] === COPY_DATA && p + 1 + v.getInt32(p + 1) <= stop) {
        this.#failures.malformed('a line does not end in a newline');
      }
      return p;
    }
  }
}
