import type { Compression } from '../parquet/compress.ts';
import type { ConnectionOptions } from '../postgres/conninfo.ts';
import type { Transport } from '../postgres/copy-sql.ts';

export type { Compression, ConnectionOptions, Transport };

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
  /** Stops it: the query is cancelled on the server, the connection closed, and no output is left. */
  readonly signal?: AbortSignal | undefined;
  /** Called a few times per second while rows arrive. */
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined;
  /** Called with one line of text for each step worth telling in a detailed log. */
  readonly onLog?: ((line: string) => void) | undefined;
}

/** What to export, from where, into what. */
export interface ExportOptions extends QueryOptions {
  /** Path of the Parquet file; a symlink is followed, a FIFO or device is written directly. */
  readonly out: string;
  /** Rows per row group at most; default 1,000,000. */
  readonly rowGroupSize?: number | undefined;
  /** Keep the rows as they come in an intermediate CSV file, for inspection; implies the `csv` transport. */
  readonly keepTemp?: boolean | undefined;
  /** Folder of the intermediate file; default the system's folder for temporary files. */
  readonly tempDir?: string | undefined;
  /** Codec of the pages; default `zstd`. */
  readonly compression?: Compression | undefined;
  /** The codec's level; default 1 for zstd, 6 for gzip. */
  readonly compressionLevel?: number | undefined;
  /** Called with the path of the intermediate CSV file when it is there; it stays, also if the export fails. */
  readonly onTempFile?: ((path: string) => void) | undefined;
}

/** What to read in batches, and from where. */
export interface BatchOptions extends QueryOptions {
  /** Rows per batch at most, from 1 to 16,384, which is the default; a batch also ends after 8 MiB of received rows. */
  readonly batchRows?: number | undefined;
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

/** What an export has written. */
export interface ExportSummary {
  readonly out: string;
  readonly rows: number;
  readonly rowGroups: number;
  /** Size of the file in bytes. */
  readonly fileBytes: number;
  readonly elapsedMs: number;
}
