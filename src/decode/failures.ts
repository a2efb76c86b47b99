import { ExportError } from '../errors.ts';
import { type ColumnPlan, UNREPRESENTABLE } from '../types/pg-type.ts';

const DAMAGED = 'the data was damaged on its way, or the server is not PostgreSQL; run the export again';

/** The errors of decoding one query's rows; each names the row, counted from 1, and the column if one is to blame. */
export class DecodeFailures {
  readonly #columns: readonly ColumnPlan[];
  readonly #rowCount: () => number;

  /** `rowCount` says how many rows have been decoded without an error. */
  constructor(columns: readonly ColumnPlan[], rowCount: () => number) {
    this.#columns = columns;
    this.#rowCount = rowCount;
  }

  badLength(c: number, n: number): never {
    const { name, pgType, value } = this.#columns[c]!;
    const width = value.kind === 'scalar' ? value.binary.width : null;
    const expected = width === null ? 'as many as there are' : String(width);
    throw new ExportError(
      'protocol',
      `a value of type ${pgType} came with ${n} bytes instead of ${expected}`,
      {
        stage: 'decode',
        column: name,
        row: this.#rowCount() + 1,
        hint: DAMAGED,
      },
    );
  }

  unrepresentable(c: number, reason: keyof typeof UNREPRESENTABLE): never {
    const { name, pgType } = this.#columns[c]!;
    throw new ExportError('value', `a value of type ${pgType} ${UNREPRESENTABLE[reason]}`, {
      stage: 'decode',
      column: name,
      row: this.#rowCount() + 1,
      hint: 'cast the column to text in the query, or leave such values out',
    });
  }

  malformed(what: string, cause?: unknown): never {
    throw new ExportError('protocol', `the server's COPY data is malformed: ${what}`, {
      stage: 'decode',
      row: this.#rowCount() + 1,
      hint: DAMAGED,
      cause,
    });
  }
}
