import type { Column } from '../columns/column.ts';
import type { CopyDecoder } from './copy-decoder.ts';
import type { DecodeFailures } from './failures.ts';
import type { SharedRows } from './shared-rows.ts';

/** What the decoders of both formats have in common: of rows that others may decode as well, they know which are theirs. */
export abstract class RowDecoder<Generated> implements CopyDecoder {
  protected readonly shared: SharedRows<Generated>;
  protected readonly failures: DecodeFailures;
  #rows = 0;
  /** Rows of other decoders; null while this one does not decode. */
  #others: number | null = null;

  constructor(shared: SharedRows<Generated>, failures: DecodeFailures) {
    this.shared = shared;
    this.failures = failures;
    failures.countRowsBy(() => this.rowCount);
  }

  get rowCount(): number {
    return this.#others === null ? this.#rows : this.shared.assembler.rowCount - this.#others;
  }

  get fill(): number {
    return this.shared.assembler.fill;
  }

  decode(b: Uint8Array, v: DataView, p: number, stop: number): number {
    const { shared } = this;
    shared.failures = this.failures;
    this.#others = shared.assembler.rowCount - this.#rows;
    try {
      return this.decodeMessages(b, v, p, stop);
    } finally {
      this.#rows = this.rowCount;
      this.#others = null;
    }
  }

  finish(): void {
    this.shared.assembler.finish();
  }

  recycleColumn(index: number, column: Column): void {
    this.shared.assembler.recycleColumn(index, column);
  }

  abstract begin(): void;
  abstract end(): void;
  abstract sibling(failures: DecodeFailures): CopyDecoder;

  /** See `CopyDecoder.decode`. */
  protected abstract decodeMessages(b: Uint8Array, v: DataView, p: number, stop: number): number;
}
