import { ExportError } from '../errors.ts';

const MIB = 1 << 20;
/** What the process takes without any job: runtime, program, the writer's indexes. Measured, with room to spare. */
const BASE = 120 * MIB;
/** What a job takes besides row groups and dictionaries: a thread, two batches, read buffers. */
const PER_JOB = 40 * MIB;
/** Less than this for a job's row groups and dictionaries makes files of crumbs. */
const LEAST_PER_JOB = 16 * MIB;
const MAX_DICTIONARIES = 64 * MIB;

/** How `--max-memory` is divided, in bytes. */
export interface MemoryShares {
  /** Compressed pages of one row group of one job, at which it ends. */
  readonly rowGroup: number;
  /** Dictionaries of one job's columns, hash tables included. */
  readonly dictionaries: number;
}

/** How many jobs the memory suffices for; at least 1, for which it may still be too little. */
export function jobsWithin(maxMemory: number): number {
  return Math.max(1, Math.floor((maxMemory - BASE) / (PER_JOB + LEAST_PER_JOB)));
}

/**
 * Divides the memory among the jobs. A job holds two row groups at most, the one that it fills and the one that is
 * being written. Throws `ExportError` (`usage`) if there is too little.
 */
export function memoryShares(maxMemory: number, jobs: number): MemoryShares {
  const perJob = Math.floor((maxMemory - BASE) / jobs) - PER_JOB;
  if (perJob < LEAST_PER_JOB) {
    const least = Math.ceil((BASE + jobs * (PER_JOB + LEAST_PER_JOB)) / MIB);
    throw new ExportError(
      'usage',
      `${Math.floor(maxMemory / MIB)} MiB of memory are too little for ${jobs} job(s)`,
      {
        stage: 'options',
        hint: `give at least ${least} MiB with --max-memory, or fewer --jobs`,
      },
    );
  }
  const dictionaries = Math.min(MAX_DICTIONARIES, Math.floor(perJob / 4));
  return { dictionaries, rowGroup: Math.floor((perJob - dictionaries) / 2) };
}
