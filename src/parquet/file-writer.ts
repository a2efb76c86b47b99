import type { Field } from '../types/kinds.ts';
import type { EncodedRowGroup } from './encoded.ts';
import type { ParquetFileOptions } from './options.ts';

/** Where a file's bytes go: the chunks are written in order, and may be reused once the promise has resolved. */
export interface ByteOutput {
  write(chunks: readonly Uint8Array[]): Promise<void>;
}

/** Appends finished row groups to a Parquet file and writes its footer. */
export class ParquetFileWriter {
  constructor(_output: ByteOutput, _fields: readonly Field[], _options: ParquetFileOptions) {}

  /** Writes one row group. The caller awaits one call before the next. */
  async writeRowGroup(_rowGroup: EncodedRowGroup): Promise<void> {}

  /** Writes page indexes and footer. Does not close the output. */
  async finish(): Promise<{ bytes: number; rows: number; rowGroups: number }> {
    throw new Error('not written yet');
  }
}
