import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as api from '@duckdb/node-api';
import { ExportError } from '../../errors.ts';
import { aborted } from '../../export/stopping.ts';

/** The part of @duckdb/node-bindings that reads vectors. The package above it hands out JavaScript values only. */
export interface VectorReader {
  data_chunk_get_vector(chunk: unknown, index: number): unknown;
  vector_get_data(vector: unknown, bytes: number): Uint8Array;
  /** Null where all are valid. */
  vector_get_validity(vector: unknown, bytes: number): Uint8Array | null;
  list_vector_get_size(vector: unknown): number;
  list_vector_get_child(vector: unknown): unknown;
  struct_vector_get_child(vector: unknown, index: number): unknown;
  /** The bytes at the address that is written at `offset` of `buffer`. */
  get_data_from_pointer(buffer: ArrayBufferLike, offset: number, bytes: number): Uint8Array;
}

/** A database in memory that is used by one task and closed then. */
export interface DuckDB {
  readonly api: typeof api;
  readonly vectors: VectorReader;
  readonly connection: api.DuckDBConnection;
  close(): Promise<void>;
}

export interface DuckDBLimits {
  /** Bytes of memory. */
  readonly memory: number;
  /** Where a folder is made for what does not fit, and removed again. */
  readonly tempDirectory: string;
  /** Ends what is running. */
  readonly signal?: AbortSignal | undefined;
}

/** More threads hold more of the files in memory at a time. */
const THREADS = 2;

/** Uses a database and closes it then. Throws `ExportError`: also for what DuckDB throws. */
export async function withDuckDB<Result>(
  limits: DuckDBLimits,
  use: (duckdb: DuckDB) => Promise<Result>,
): Promise<Result> {
  const { signal } = limits;
  const duckdb = await openDuckDB(limits);
  const interrupt = () => duckdb.connection.interrupt();
  signal?.addEventListener('abort', interrupt);
  try {
    return await use(duckdb);
  } catch (error) {
    throw signal?.aborted ? aborted(signal) : duckdbError(error);
  } finally {
    signal?.removeEventListener('abort', interrupt);
    await duckdb.close();
  }
}

/** Opens a database. Throws `ExportError` (`unsupported`) where the package is not installed. */
export async function openDuckDB({ memory, tempDirectory }: DuckDBLimits): Promise<DuckDB> {
  const loaded = await load();
  const temporary = await mkdtemp(join(tempDirectory, '.duckdb-'));
  const instance = await loaded.api.DuckDBInstance.create(':memory:', {
    memory_limit: `${Math.floor(memory / 1024)}KiB`,
    temp_directory: temporary,
    threads: String(THREADS),
    // Nothing is fetched from the network.
    autoinstall_known_extensions: 'false',
  });
  const connection = await instance.connect();
  return {
    ...loaded,
    connection,
    close: async () => {
      connection.closeSync();
      instance.closeSync();
      await rm(temporary, { recursive: true, force: true });
    },
  };
}

async function load(): Promise<Pick<DuckDB, 'api' | 'vectors'>> {
  try {
    const found = createRequire(import.meta.url).resolve('@duckdb/node-api');
    return {
      api: await import('@duckdb/node-api'),
      // Its own dependency, which is not to be found from here in every layout of node_modules.
      vectors: createRequire(found)('@duckdb/node-bindings') as VectorReader,
    };
  } catch (cause) {
    throw new ExportError('unsupported', 'this takes the package @duckdb/node-api, which is not installed', {
      stage: 'options',
      hint: 'install it beside ddpp: npm install @duckdb/node-api',
      cause,
    });
  }
}

/** The rows of Parquet files, in SQL. */
export function readParquet(paths: readonly string[]): string {
  return `read_parquet([${paths.map((path) => literal(withoutPattern(path))).join(', ')}], hive_partitioning = false)`;
}

/** A text in SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A path that stands for itself, though it has characters of a pattern. */
function withoutPattern(path: string): string {
  return path.replaceAll(/[*?[]/g, '[$&]');
}

/** The rows of a query as text, for queries that return few. */
export async function fewRows(duckdb: DuckDB, sql: string): Promise<(string | null)[][]> {
  const reader = await duckdb.connection.runAndReadAll(sql);
  return reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
}

/** DuckDB's own errors are long, and not all are about the user's data. */
function duckdbError(error: unknown): unknown {
  if (error instanceof ExportError || !(error instanceof Error)) return error;
  const outOfMemory = /out of memory/i.test(error.message);
  return new ExportError('output', `DuckDB failed: ${error.message.split('\n')[0]}`, {
    stage: 'write',
    hint: outOfMemory
      ? 'give more with --max-memory'
      : 'see whether there is space for its temporary files, beside the output',
    cause: error,
  });
}
