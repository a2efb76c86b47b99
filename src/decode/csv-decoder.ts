import type { ColumnPlan, Unrepresentable } from '../types/pg-type.ts';
import type { BatchTarget } from './batch-assembler.ts';
import { type CsvRows, csvSource } from './csv-source.ts';
import type { DecodeFailures } from './failures.ts';
import { COPY_DATA, compile, type DecodeFunctions, MESSAGE_HEADER } from './generate.ts';
import { NestedTexts } from './nested-text.ts';
import { builderOfNodes, columnNodes } from './nodes.ts';
import { RowDecoder } from './row-decoder.ts';
import { SharedRows } from './shared-rows.ts';
import { Unquoter } from './unquoter.ts';

/** Decodes `COPY … TO STDOUT (FORMAT csv, HEADER)`: see `CopyDecoder`. */
export class CsvDecoder extends RowDecoder<CsvRows> {
  /** Whether the line with the columns' names is still to come. */
  #beforeHeader = true;

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

  sibling(failures: DecodeFailures): CsvDecoder {
    return new CsvDecoder(this.shared, failures);
  }

  begin(): void {
    this.#beforeHeader = true;
  }

  end(): void {
    if (this.#beforeHeader) this.failures.malformed('the data ended without its header line');
  }

  protected decodeMessages(b: Uint8Array, v: DataView, p: number, stop: number): number {
    if (this.#beforeHeader) {
      if (p + MESSAGE_HEADER > stop || b[p] !== COPY_DATA) return p;
      const length = v.getInt32(p + 1);
      if (length < 4) this.failures.malformed(`a message says that it is ${length} bytes long`);
      const next = p + 1 + length;
      if (next > stop) return p;
      this.#beforeHeader = false;
      p = next;
    }
    const { assembler, generated } = this.shared;
    for (;;) {
      const start = p;
      const { bytesLeft, maxRows } = assembler;
      p = generated.rows(b, v, p, stop, start + bytesLeft, maxRows);
      if (assembler.add(p - start)) continue;
      if (p + MESSAGE_HEADER <= stop && b[p] === COPY_DATA && p + 1 + v.getInt32(p + 1) <= stop) {
        this.failures.malformed('a line does not end in a newline');
      }
      return p;
    }
  }
}
