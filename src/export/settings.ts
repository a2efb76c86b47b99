import { randomUUID } from 'node:crypto';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, resolve } from 'node:path';
import { MAX_BATCH_ROWS } from '../decode/batch-assembler.ts';
import { ExportError } from '../errors.ts';
import { type ParquetOptions, parquetOptions } from '../parquet/options.ts';
import { TRANSPORTS, type Transport } from '../postgres/copy-sql.ts';
import { jobsWithin, memoryShares } from './memory.ts';
import type { BatchOptions, ExportOptions, QueryOptions } from './options.ts';
import { checkTypeOptions } from './type-options.ts';

/** Rows per row group. */
export const DEFAULT_ROW_GROUP_SIZE = 1_000_000;
/** Bytes of received but undecoded data. */
export const DEFAULT_BLOCK_SIZE = 64 << 20;
export const MIN_BLOCK_SIZE = 64 << 10;
/** Row counts are int32 in a page's and int64 in a row group's header; nobody wants groups beyond this. */
const MAX_ROW_GROUP_SIZE = 0x7fffffff;
const MAX_BLOCK_SIZE = 1 << 30;
/** More connections than this would wait for the server's cores. */
const MAX_DEFAULT_JOBS = 4;
export const MAX_JOBS = 64;
/** Bytes of memory for the whole process. */
export const DEFAULT_MAX_MEMORY = 512 << 20;
export const MIN_MAX_MEMORY = 192 << 20;

/** The cores that the process may use, but no more than 4. */
export function defaultJobs(): number {
  return Math.min(MAX_DEFAULT_JOBS, availableParallelism());
}

/** The options of reading with their defaults, checked. */
interface QuerySettings {
  readonly blockSize: number;
  readonly transport: Transport;
}

/** The options of reading in batches with their defaults, checked. */
export interface BatchSettings extends QuerySettings {
  readonly batchRows: number;
}

/** The options of an export with their defaults, checked. */
export interface ExportSettings extends QuerySettings {
  /** Connections to read over at most. */
  readonly jobs: number;
  /** Bytes of memory that the process may take. */
  readonly maxMemory: number;
  readonly rowGroupSize: number;
  readonly pageRows: number;
  /** Path of the intermediate CSV file; null for none. */
  readonly tempFile: string | null;
  readonly parquet: ParquetOptions;
}

/** Throws `ExportError` (`usage`) for a value out of range. */
export function batchSettings(options: BatchOptions): BatchSettings {
  return {
    ...querySettings(options, options.transport ?? 'binary'),
    batchRows: inRange('batchRows', options.batchRows ?? MAX_BATCH_ROWS, 1, MAX_BATCH_ROWS),
  };
}

/** Throws `ExportError` (`usage`) for a value out of range. */
export function exportSettings(options: ExportOptions): ExportSettings {
  checkText('out', options.out, 'the path of the Parquet file');
  const query = querySettings(options, transportOf(options));
  const maxMemory = inRange(
    'maxMemory',
    options.maxMemory ?? DEFAULT_MAX_MEMORY,
    MIN_MAX_MEMORY,
    Number.MAX_SAFE_INTEGER,
  );
  return {
    ...query,
    jobs: jobsOf(options, query.transport, maxMemory),
    maxMemory,
    rowGroupSize: inRange(
      'rowGroupSize',
      options.rowGroupSize ?? DEFAULT_ROW_GROUP_SIZE,
      1,
      MAX_ROW_GROUP_SIZE,
    ),
    pageRows: inRange('pageRows', options.pageRows ?? MAX_BATCH_ROWS, 1, MAX_BATCH_ROWS),
    tempFile: options.keepTemp ? tempFileOf(options) : null,
    parquet: { ...parquetOptions(options), checksums: options.verify === true },
  };
}

function querySettings(options: QueryOptions, transport: Transport): QuerySettings {
  const { sql, blockSize } = options;
  checkText('sql', sql, 'one query');
  checkTypeOptions(options);
  if (!TRANSPORTS.includes(transport)) {
    throw usage(`${transport} is no transport`, `choose one of ${TRANSPORTS.join(', ')}`);
  }
  return {
    blockSize: inRange('blockSize', blockSize ?? DEFAULT_BLOCK_SIZE, MIN_BLOCK_SIZE, MAX_BLOCK_SIZE),
    transport,
  };
}

/** For callers that the compiler did not check. */
function checkText(name: string, value: unknown, meaning: string): void {
  if (typeof value !== 'string') throw usage(`${name} is ${value}`, `give ${meaning} as text`);
  if (value.includes('\0')) throw usage(`${name} holds a zero byte`, `give ${meaning} without it`);
}

/** As many as asked for, if the memory suffices; by default as many as it suffices for. */
function jobsOf({ jobs }: ExportOptions, transport: Transport, maxMemory: number): number {
  // The CSV path has one intermediate file, in the query's order.
  if (transport === 'csv') return 1;
  if (jobs === undefined) return Math.min(defaultJobs(), jobsWithin(maxMemory, 0));
  memoryShares(maxMemory, inRange('jobs', jobs, 1, MAX_JOBS), 0);
  return jobs;
}

function transportOf({ transport, keepTemp = false }: ExportOptions): Transport {
  if (keepTemp && transport === 'binary') {
    throw usage(
      'only the csv transport has an intermediate file to keep',
      'leave out --transport or --keep-temp',
    );
  }
  return transport ?? (keepTemp ? 'csv' : 'binary');
}

/** A name of its own for each run, which says whose it is. */
function tempFileOf({ out, tempDir = tmpdir() }: ExportOptions): string {
  return resolve(tempDir, `${basename(out)}.${randomUUID().slice(0, 8)}.csv`);
}

function inRange(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw usage(`${name} is ${value}`, `give a whole number from ${least} to ${most}`);
}

function usage(message: string, hint: string): ExportError {
  return new ExportError('usage', message, { stage: 'options', hint });
}
