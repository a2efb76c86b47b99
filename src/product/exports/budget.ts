import { jobsWithin, memoryShares } from '../../export/memory.ts';
import { DEFAULT_MAX_MEMORY, defaultJobs } from '../../export/settings.ts';
import type { PlannedExport, Share } from '../../export/write-planned.ts';

/** What a further file that is being written takes besides its jobs: the page index that is kept in memory, the footer. */
const PER_FILE = 20 << 20;

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
  const memoryFor = (jobs: number) => maxMemory - (Math.min(jobs, exports.length) - 1) * PER_FILE;
  let jobs = asked ?? defaultJobs();
  while (asked === undefined && jobs > 1 && jobsWithin(memoryFor(jobs), widest) < jobs) jobs--;
  memoryShares(memoryFor(jobs), jobs, widest);
  return {
    jobs,
    share: ({ plan, settings }, granted) => ({
      jobs: granted,
      memory: memoryShares(memoryFor(jobs), jobs, plan.columns.length),
      blockSize: Math.floor((settings.blockSize * granted) / jobs),
    }),
  };
}
