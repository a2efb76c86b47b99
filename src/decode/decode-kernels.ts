import { Kernels } from '../kernels/kernels.ts';

/** No length, and not that of NULL either. */
const VARIES = -2;

/** The kernels that decode the rows of one query, with their memory. */
export class DecodeKernels {
  readonly exports: Kernels['exports'];
  readonly layout: Kernels['layout'];
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly words: Int32Array;
  /** Where the columns' records lie and end, and then their spans. */
  readonly #columns: number;
  readonly #spans: number;

  /** `widths`: of each column's values in bytes, null where it varies. */
  constructor(widths: readonly (number | null)[]) {
    const kernels = new Kernels();
    const { exports, layout } = kernels;
    this.exports = exports;
    this.layout = layout;
    this.#columns = kernels.allocate(widths.length * (layout.COLUMN + layout.SPANS));
    this.#spans = this.#columns + widths.length * layout.COLUMN;
    this.bytes = kernels.bytes;
    this.view = new DataView(this.bytes.buffer);
    this.words = kernels.words;
    for (const [column, width] of widths.entries()) this.words[this.#wordOf(column)] = width ?? VARIES;
  }

  /** Where the spans of a column lie. */
  spansOf(column: number): number {
    return this.#spans + column * this.layout.SPANS;
  }

  /** Notes the spans of at most `rows` rows in the bytes `p … stop` that begin before `enough`; returns where it stopped. */
  walk(p: number, stop: number, enough: number, rows: number): number {
    return this.exports.walk(p, stop, enough, this.#columns, this.#spans, this.#spans, rows);
  }

  /** Rows that the last walk found. */
  get found(): number {
    return this.words[this.layout.FOUND >> 2]!;
  }

  /** Whether the last walk found NULLs in a column. */
  hasNulls(column: number): boolean {
    return this.words[this.#wordOf(column) + 1] !== 0;
  }

  #wordOf(column: number): number {
    return (this.#columns + column * this.layout.COLUMN) >> 2;
  }
}
