import type { Column } from '../columns/column.ts';
import type { ColumnPlan } from '../types/pg-type.ts';
import { BatchAssembler, type BatchTarget } from './batch-assembler.ts';
import type { CopyDecoder } from './copy-decoder.ts';
import { type CsvRows, csvSource } from './csv-source.ts';
import type { DecodeFailures } from './failures.ts';
import { COPY_DATA, compile, type DecodeFunctions, MESSAGE_HEADER } from './generate.ts';
import { NestedTexts } from './nested-text.ts';
import { builderOfNodes, columnNodes } from './nodes.ts';
import { Unquoter } from './unquoter.ts';

/** Decodes `COPY … TO STDOUT (FORMAT csv, HEADER)`: see `CopyDecoder`. */
export class CsvDecoder implements CopyDecoder {
  readonly #assembler: BatchAssembler;
  readonly #failures: DecodeFailures;
  readonly #generated: CsvRows;
  /** Whether the line with the columns' names is still to come. */
  #beforeHeader = true;

  constructor(
    columns: readonly ColumnPlan[],
    functions: DecodeFunctions,
    failures: DecodeFailures,
    target: BatchTarget,
  ) {
    const assembler = new BatchAssembler(columns, target);
    failures.countRowsBy(() => assembler.rowCount);
    this.#assembler = assembler;
    this.#failures = failures;
    const surroundings = {
      builders: builderOfNodes(columnNodes(columns), assembler.builders),
      state: assembler.state,
      unquoter: new Unquoter(),
      nestedTexts: new NestedTexts(),
      badField: (c: number) =>
        failures.malformed(`field ${c + 1} of a line is not followed by what should follow it`),
      unrepresentable: failures.unrepresentable.bind(failures),
    };
    this.#generated = compile(csvSource(columns), surroundings, functions);
  }

  get rowCount(): number {
    return this.#assembler.rowCount;
  }

  get fill(): number {
    return this.#assembler.fill;
  }

  decode(b: Uint8Array, v: DataView, p: number, stop: number): number {
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
      p = this.#generated.rows(b, v, p, stop, start + bytesLeft, maxRows);
      if (this.#assembler.add(p - start)) continue;
      if (p + MESSAGE_HEADER <= stop && b[p] === COPY_DATA && p + 1 + v.getInt32(p + 1) <= stop) {
        this.#failures.malformed('a line does not end in a newline');
      }
      return p;
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
}
