import type { Compression } from '../parquet/compression/compress.ts';
import type { EncodingChoice, ParquetChoices } from '../parquet/options.ts';
import type { ConnectionOptions } from '../postgres/connect/conninfo.ts';
import type { Transport } from '../postgres/copy-sql.ts';

export type { Compression, ConnectionOptions, EncodingChoice, Transport };

/** What to read, and from where. */
export interface QueryOptions {
  /** One query: SELECT, VALUES, TABLE or WITH. */
  readonly sql: string;
  /** How to reach the server; what is missing comes from PG* variables and libpq's files and defaults. */
  readonly connection?: ConnectionOptions | undefined;
  /** Received but undecoded bytes that are held at most; default 64 MiB, at least 64 KiB. */
  readonly blockSize?: number | undefined;
  /** Format that the rows travel in; default `binary`, the faster one. The values are the same. */
  readonly transport?: Transport | undefined;
  /**
   * What columns of type `numeric` without precision become: `auto` (the exact text), `string`, `float64` or
   * `decimal128(p,s)`; default `auto`. A value that a decimal cannot hold is an error.
   */
  readonly numeric?: string | undefined;
  /** Arrow types by column name, as `int64`, `string`, `binary`, `decimal128(10,2)`, `timestamp[us, UTC]`, `int32[][]`. */
  readonly columnTypes?: Readonly<Record<string, string>> | undefined;
  /** What becomes of a value that its Arrow type cannot hold: an `error` (the default), or `null`. */
  readonly onUnrepresentable?: 'error' | 'null' | undefined;
  /** What becomes of columns whose names differ at most in case: an `error` (the default), or `rename` (a, a_1). */
  readonly duplicateColumns?: 'error' | 'rename' | undefined;
  /** Stops it: the query is cancelled on the server, the connection closed, and no output is left. */
  readonly signal?: AbortSignal | undefined;
  /** Called a few times per second while rows arrive. */
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined;
  /** Called with one line of text for each step worth telling in a detailed log. */
  readonly onLog?: ((line: string) => void) | undefined;
}

/** What to export, from where, into what. */
export interface ExportOptions extends QueryOptions, ParquetChoices {
  /** Path of the Parquet file; a symlink is followed, a FIFO or device is written directly. */
  readonly out: string;
  /**
   * Connections to read over at most, from 1 to 64; default the cores that the process may use, at most 4. With more than
   * one the order between row groups is not the query's; a query that cannot be read in slices is read over one.
   */
  readonly jobs?: number | undefined;
  /** Bytes of memory that the process may take; default 512 MiB. A row group also ends when its share is full. */
  readonly maxMemory?: number | undefined;
  /** Rows per row group at most; default 1,000,000. */
  readonly rowGroupSize?: number | undefined;
  /**
   * Rows per page at most, from 1 to 16,384, which is the default: readers that use the page index skip whole pages. A
   * page also ends after 8 MiB of received rows.
   */
  readonly pageRows?: number | undefined;
  /**
   * Read the finished file back before it appears under its name: every page is checked, as `fast-export verify` does, and
   * rows and values are compared with those that came from the server. Not for FIFOs and devices. Default false.
   */
  readonly verify?: boolean | undefined;
  /** Keep the rows as they come in an intermediate CSV file, for inspection; implies the `csv` transport. */
  readonly keepTemp?: boolean | undefined;
  /** Folder of the intermediate file; default the system's folder for temporary files. */
  readonly tempDir?: string | undefined;
  /** Called with the path of the intermediate CSV file when it is there; it stays, also if the export fails. */
  readonly onTempFile?: ((path: string) => void) | undefined;
}

/** What to read in batches, and from where. */
export interface BatchOptions extends QueryOptions {
  /** Rows per batch at most, from 1 to 16,384, which is the default; a batch also ends after 8 MiB of received rows. */
  readonly batchRows?: number | undefined;
  /** Called when the last batch has been taken; not after an error or an early end. */
  readonly onSummary?: ((summary: BatchSummary) => void) | undefined;
}

/** How far an export has come. */
export interface ExportProgress {
  readonly rows: number;
  /** Bytes of rows received from the server so far. */
  readonly bytesReceived: number;
  /** Rows that the server's planner expects in all; null while unknown. An estimate: it may be far off. */
  readonly estimatedRows: number | null;
  readonly elapsedMs: number;
}

/** What has been read in batches. */
export interface BatchSummary {
  readonly rows: number;
  /** Values that became null because their Arrow type cannot hold them, by column; only columns that have any. */
  readonly unrepresentable: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
}

/** What an export has written. */
export interface ExportSummary extends BatchSummary {
  readonly out: string;
  readonly rowGroups: number;
  /** Connections that the rows were read over. */
  readonly jobs: number;
  /** Size of the file in bytes. */
  readonly fileBytes: number;
  /** NULLs by column, those that `unrepresentable` counts included; only columns that have any. */
  readonly nulls: Readonly<Record<string, number>>;
}
