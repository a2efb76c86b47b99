import { dirname } from 'node:path';
import { DEFAULT_ROW_GROUP_SIZE } from '../../export/settings.ts';
import { openSink } from '../../sink/open.ts';
import { readParquet, withDuckDB } from '../duckdb/duckdb.ts';
import { keyList, withoutKeys } from '../duckdb/keys.ts';
import { memoryOf } from '../duckdb/memory.ts';
import { type OutputTotals, ParquetOutput } from '../duckdb/parquet-output.ts';
import { storedFile } from '../duckdb/stored-fields.ts';

export interface DeletedKeysOptions {
  /** Files with the keys of the previous product: `PlannedIncrement.previousKeys`. */
  readonly previousKeys: readonly string[];
  /** The file that the query `PlannedIncrement.keys` was exported to. */
  readonly keys: string;
  readonly key: readonly string[];
  /** Path of the file to write. */
  readonly out: string;
  /** Bytes of memory that the process may take; what does not fit goes to temporary files beside `out`. */
  readonly maxMemory: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes the keys that are in the previous product and gone now into a Parquet file, flushed to the disk. Throws
 * `ExportError`, also where the package @duckdb/node-api is not installed.
 */
export async function writeDeletedKeys(options: DeletedKeysOptions): Promise<OutputTotals> {
  const { previousKeys, keys, key, out, maxMemory, signal } = options;
  const memory = memoryOf(maxMemory);
  return withDuckDB({ memory: memory.duckdb, tempDirectory: dirname(out), signal }, async (duckdb) => {
    const sink = await openSink(out);
    try {
      const output = await ParquetOutput.create(duckdb, sink, {
        ...(await storedFile(duckdb, keys)),
        choices: {},
        rowGroupSize: DEFAULT_ROW_GROUP_SIZE,
        rowGroupBytes: memory.rowGroup,
      });
      // The keys of a full export are in its file of data, among the other columns.
      const previous = `(SELECT ${keyList(key)} FROM ${readParquet(previousKeys)})`;
      await output.append(withoutKeys(previous, readParquet([keys]), key));
      const totals = await output.finish();
      await sink.close();
      return totals;
    } catch (error) {
      await sink.abort();
      throw error;
    }
  });
}
