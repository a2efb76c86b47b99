import type { DecodeColumn } from './binary-source.ts';

/** Decodes rows of binary COPY one at a time, by the functions generated for their columns. */
export class SingleRow {
  readonly #widths: readonly (number | null)[];
  readonly #decoders: readonly DecodeColumn[];
  readonly #badLength: (column: number, length: number) => void;
  /** Of the field at work. */
  readonly #span = new Int32Array(2);

  /** `widths`: of each column's values in bytes, null where it varies. `badLength` throws. */
  constructor(
    widths: readonly (number | null)[],
    decoders: readonly DecodeColumn[],
    { badLength }: { badLength(column: number, length: number): void },
  ) {
    this.#widths = widths;
    this.#decoders = decoders;
    this.#badLength = badLength;
  }

  /**
   * Decodes the fields from `p` to `end` into a slot: each an int32 length, -1 for NULL, then that many bytes (COPY,
   * "Binary Format", "Tuples"). Returns where the last one ended, which may be elsewhere in damaged data: a fixed width is
   * not held against `end`.
   */
  decode(b: Uint8Array, v: DataView, p: number, end: number, slot: number): number {
    const span = this.#span;
    for (const [c, width] of this.#widths.entries()) {
      const n = v.getInt32(p);
      p += 4;
      const fits = width === null ? n >= 0 && n <= end - p : n === width;
      if (!fits && n !== -1) this.#badLength(c, n);
      span[0] = p;
      span[1] = n;
      this.#decoders[c]!(b, v, span, 0, 1, slot);
      if (n > 0) p += n;
    }
    return p;
  }
}
