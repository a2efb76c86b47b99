import { jobsWithin, memoryShares } from '../../export/memory.ts';
import { DEFAULT_MAX_MEMORY, defaultJobs } from '../../export/settings.ts';
import type { PlannedExport, Share } from '../../export/write-planned.ts';

/** What a further file that is being written takes besides its jobs: the page index that is kept in memory, the footer. */
const PER_FILE = 20 << 20;

/**
 * What a run takes besides a single export: configuration, manifests and their schemas, and what threads leave that have
 * ended. Measured with 1 to 40 tables.
 */
const PER_RUN = 48 << 20;

/** What the exports of a run have together. */
export interface Budget {
  /** Connections that read rows at a time. */
  readonly jobs: number;
  /** What an export may take that reads over so many of them. */
  share(planned: PlannedExport, jobs: number): Share;
}

/**
 * Divides jobs and memory among exports of which several run at a time. Throws `ExportError` (`usage`) where the memory
 * is too little for the jobs that are asked for.
 */
export function divideBudget(
  exports: readonly PlannedExport[],
  {
    jobs: asked,
    maxMemory = DEFAULT_MAX_MEMORY,
  }: { jobs?: number | undefined; maxMemory?: number | undefined },
): Budget {
  const widest = Math.max(...exports.map(({ plan }) => plan.columns.length));
  // Each export that runs has a job at least.
  const apart = (jobs: number) => PER_RUN + (Math.min(jobs, exports.length) - 1) * PER_FILE;
  let jobs = asked ?? defaultJobs();
  while (asked === undefined && jobs > 1 && jobsWithin(maxMemory - apart(jobs), widest) < jobs) jobs--;
  memoryShares(maxMemory, jobs, widest, apart(jobs));
  return {
    jobs,
    share: ({ plan, settings }, granted) => ({
      jobs: granted,
      memory: memoryShares(maxMemory, jobs, plan.columns.length, apart(jobs)),
      blockSize: Math.floor((settings.blockSize * granted) / jobs),
    }),
  };
}
