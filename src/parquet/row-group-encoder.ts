import type { Column } from '../columns/column.ts';
import type { Field } from '../types/kinds.ts';
import type { EncodedRowGroup } from './encoded.ts';
import type { ParquetOptions } from './options.ts';

/** Encodes record batches, column by column, into the compressed pages of a row group. */
export class RowGroupEncoder {
  constructor(_fields: readonly Field[], _options: ParquetOptions) {}

  /** Bytes that the current row group's compressed pages take so far. */
  get encodedBytes(): number {
    return 0;
  }

  /**
   * Encodes one column of a batch, as one page per leaf. The columns of a batch may come in any order; nothing of
   * `column` is kept.
   */
  appendColumn(_index: number, _column: Column): void {
    throw new Error('not written yet');
  }

  /** Ends the row group, which has `rows` rows; the encoder is then ready for the next. */
  finish(_rows: number): EncodedRowGroup {
    throw new Error('not written yet');
  }
}
