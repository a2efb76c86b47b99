import { ExportError } from '../errors.ts';
import { type ColumnPlan, UNREPRESENTABLE, type Unrepresentable } from '../types/pg-type.ts';

const DAMAGED = 'the data was damaged on its way, or the server is not PostgreSQL; run the export again';

const ANY_REMEDY =
  'export it as text with --column-type NAME=string, or as null with --on-unrepresentable null';

const REMEDIES: Partial<Record<Unrepresentable, string>> = {
  dimensions:
    'say how deep it is with --column-type NAME=TYPE[][], or export it as text with --column-type NAME=string',
  lowerBound: 'export it as text with --column-type NAME=string',
  notUtf8: 'export the bytes as they are with --column-type NAME=binary',
  malformed: DAMAGED,
};

/**
 * The errors of decoding one query's rows; each names the row, counted from 1, and the column if one is to blame. Also
 * counts the values that become null because their Arrow type cannot hold them, where the user wants that.
 */
export class DecodeFailures {
  readonly #columns: readonly ColumnPlan[];
  readonly #counts: number[] | null;
  #rowCount: () => number = () => 0;
  #part: string | null = null;
  #rowsBefore = 0;

  constructor(columns: readonly ColumnPlan[], onUnrepresentable: 'error' | 'null') {
    this.#columns = columns;
    this.#counts = onUnrepresentable === 'null' ? columns.map(() => 0) : null;
  }

  /** `rowCount` says how many rows have been decoded without an error. */
  countRowsBy(rowCount: () => number): void {
    this.#rowCount = rowCount;
  }

  /** Rows are counted from here on; `part` says of what, if not of the whole result. */
  beginPart(part: string | null): void {
    this.#part = part;
    this.#rowsBefore = this.#rowCount();
  }

  /** Values that became null, by column; only columns that have any. */
  unrepresentableCounts(): Record<string, number> {
    const counts = (this.#counts ?? []).map((count, c) => [this.#columns[c]!.name, count] as const);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  badLength(c: number, n: number): never {
    const { name, pgType, value } = this.#columns[c]!;
    const width = value.kind === 'scalar' ? value.binary.width : null;
    const expected = width === null ? 'as many as there are' : String(width);
    throw new ExportError(
      'protocol',
      `a value of type ${pgType} came with ${n} bytes instead of ${expected}${this.#place()}`,
      {
        stage: 'decode',
        column: name,
        row: this.#row(),
        hint: DAMAGED,
      },
    );
  }

  /** Returns only where the value is to become null. */
  unrepresentable(c: number, reason: Unrepresentable): void {
    if (this.#counts !== null && reason !== 'malformed') {
      this.#counts[c]!++;
      return;
    }
    const { name, pgType } = this.#columns[c]!;
    throw new ExportError('value', `a value of type ${pgType} ${UNREPRESENTABLE[reason]}${this.#place()}`, {
      stage: 'decode',
      column: name,
      row: this.#row(),
      hint: REMEDIES[reason] ?? ANY_REMEDY,
    });
  }

  malformed(what: string, cause?: unknown): never {
    throw new ExportError('protocol', `the server's COPY data is malformed: ${what}${this.#place()}`, {
      stage: 'decode',
      row: this.#row(),
      hint: DAMAGED,
      cause,
    });
  }
  #row(): number {
    return this.#rowCount() - this.#rowsBefore + 1;
  }

  #place(): string {
    return this.#part === null ? '' : `, in ${this.#part}`;
  }
}
