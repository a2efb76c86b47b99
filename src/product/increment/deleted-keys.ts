import { ExportError } from '../../errors.ts';
import type { ParquetSummary } from '../../export/parquet-writer.ts';

export interface DeletedKeysOptions {
  /** Files with the keys of the previous product: `PlannedIncrement.previousKeys`. */
  readonly previousKeys: readonly string[];
  /** The file that the query `PlannedIncrement.keys` was exported to. */
  readonly keys: string;
  readonly key: readonly string[];
  /** Path of the file to write. */
  readonly out: string;
  /** Bytes of memory that DuckDB may take; what does not fit is spilled to a temporary folder beside `out`. */
  readonly maxMemory: number;
}

/**
 * Writes the keys that are in the previous product and gone now into a Parquet file, flushed to the disk. Throws
 * `ExportError`, also where the package @duckdb/node-api is not installed.
 */
export async function writeDeletedKeys(options: DeletedKeysOptions): Promise<ParquetSummary> {
  throw new ExportError('internal', `${options.out} cannot be written yet`, { stage: 'write' });
}
