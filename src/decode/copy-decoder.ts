import type { Column } from '../columns/column.ts';
import type { DecodeFailures } from './failures.ts';

/**
 * Decodes the CopyData messages of one COPY, or of several one after the other, into record batches, by a function
 * generated for the query's columns. Its methods throw `ExportError`: `protocol` for bytes that are no such rows, `value`
 * for a value that the column's Arrow type cannot hold; both name the row, and the column if one is to blame.
 */
export interface CopyDecoder {
  /** Rows that this decoder has decoded so far. */
  readonly rowCount: number;
  /** The share of the current batch that is filled, 0 to 1. */
  readonly fill: number;
  /**
   * Decodes the whole CopyData messages at the start of `b[p … stop]` and returns where it stopped: at `stop`, at a
   * message that is not whole, or at one that is not CopyData. The bytes are not kept.
   */
  decode(b: Uint8Array, v: DataView, p: number, stop: number): number;
  /** Begins another COPY of the same columns, whose rows go on filling the current batch. */
  begin(): void;
  /** Ends a COPY: checks that all of it has come. */
  end(): void;
  /** Hands out the last batch. */
  finish(): void;
  /** A decoder for COPYs that another connection reads meanwhile: their rows go into the same batches. */
  sibling(failures: DecodeFailures): CopyDecoder;
  /** Gives back one column of a batch that nobody reads any more. */
  recycleColumn(index: number, column: Column): void;
}
