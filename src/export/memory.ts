import { setFlagsFromString } from 'node:v8';
import { ExportError } from '../errors.ts';

const MIB = 1 << 20;
/** What the process takes without any job: runtime, program, the writer's indexes. Measured, with room to spare. */
const BASE = 130 * MIB;
/** What a job takes besides what is shared out: a thread, two batches, read buffers. Measured with few columns. */
const PER_JOB = 40 * MIB;
/**
 * What it takes besides for each column: compiled decoders, encoders, an index of pages. Measured with columns of text,
 * 20 to 1,600 of them; beyond the first ones a batch has fewer rows, and the compilers are spared.
 */
const PER_COLUMN = 320 << 10;
const PER_FURTHER_COLUMN = 96 << 10;
/** Less than this for a job's row groups, dictionaries and large rows makes files of crumbs. */
const LEAST_SHARE = 16 * MIB;
/** Memory in all for which the second compiler may compile one more column. */
const COMPILED_COLUMN = 4 * MIB;
/** Beyond this it is the columns that take the memory. */
const MANY_COLUMNS = 128;
/** As many as the least memory suffices for. */
const FEW_COLUMNS = 16;
const MAX_DICTIONARIES = 64 * MIB;
/** The part of a job's share that is kept for rows that are large. */
const LARGE_ROWS = 1 / 4;
/** So often a large row is in memory besides its pages: as received, in two batches, and while it becomes a page. */
const ROW_COPIES = 6.5;

/** How `--max-memory` is divided, in bytes. */
export interface MemoryShares {
  /** Compressed pages of one row group of one job, at which it ends. */
  readonly rowGroup: number;
  /** Dictionaries of one job's columns, hash tables included. */
  readonly dictionaries: number;
  /** The largest row as it is received. */
  readonly row: number;
}

/** How many jobs the memory suffices for; at least 1, for which it may still be too little. */
export function jobsWithin(maxMemory: number, columns: number): number {
  return Math.max(1, Math.floor((maxMemory - BASE) / (fixedPerJob(columns) + LEAST_SHARE)));
}

/**
 * Divides the memory among the jobs, but for `apart`, which others take besides. A job holds two row groups at most, the
 * one that it fills and the one that is being written. Throws `ExportError` (`usage`) if there is too little.
 */
export function memoryShares(maxMemory: number, jobs: number, columns: number, apart = 0): MemoryShares {
  const share = Math.floor((maxMemory - BASE - apart) / jobs) - fixedPerJob(columns);
  if (share < LEAST_SHARE) {
    const least = Math.ceil((BASE + apart + jobs * (fixedPerJob(columns) + LEAST_SHARE)) / MIB);
    const wide = columns > FEW_COLUMNS ? ` and ${columns} columns` : '';
    throw new ExportError(
      'usage',
      `${Math.floor(maxMemory / MIB)} MiB of memory are too little for ${jobs} job(s)${wide}`,
      {
        stage: 'options',
        hint: `give at least ${least} MiB with --max-memory${jobs > 1 ? ', or fewer --jobs' : ''}`,
      },
    );
  }
  const dictionaries = Math.min(MAX_DICTIONARIES, Math.floor(share / 4));
  const rows = Math.floor(share * LARGE_ROWS);
  return {
    dictionaries,
    row: Math.floor(rows / ROW_COPIES),
    rowGroup: Math.floor((share - dictionaries - rows) / 2),
  };
}

/**
 * To be called before decoders are compiled: for many columns V8's second compiler (Maglev) takes more memory than there
 * is to spare (measured: 20 MB for 100 columns of text, 60 for 300, 300 for 1,600), and saves some 5 % of the time of
 * short exports only.
 */
export function spareCompilerMemory(columns: number, maxMemory: number): void {
  if (columns > maxMemory / COMPILED_COLUMN) setFlagsFromString('--no-maglev');
}

function fixedPerJob(columns: number): number {
  const further = Math.max(0, columns - MANY_COLUMNS);
  return PER_JOB + (columns - further) * PER_COLUMN + further * PER_FURTHER_COLUMN;
}
