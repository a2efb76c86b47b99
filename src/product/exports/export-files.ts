import { collectGarbage } from '../../export/collect-garbage.ts';
import type { ExportRun } from '../../export/export-run.ts';
import { type WrittenFile, writePlanned } from '../../export/write-planned.ts';
import type { Session } from '../../postgres/session.ts';
import type { Sink } from '../../sink/sink.ts';
import type { Budget } from './budget.ts';
import { ofExport } from './of-export.ts';
import type { FileRequest, PlannedFile } from './plan-files.ts';

/** A file that has been written. */
export interface ExportedFile<Request extends FileRequest> {
  readonly file: PlannedFile<Request>;
  readonly written: WrittenFile;
  readonly started: Date;
  readonly finished: Date;
}

/** What becomes of the files. */
export interface FileTarget<Request extends FileRequest> {
  open(file: PlannedFile<Request>): Promise<Sink>;
  onStarted(file: PlannedFile<Request>, jobs: number): void;
  /** All rows and the footer are in the sink, which may be closed now, or later. */
  onWritten(exported: ExportedFile<Request>, sink: Sink): Promise<void>;
}

/** What is open while files are exported. `session` holds their snapshot. */
export interface Exporting {
  readonly run: ExportRun;
  readonly session: Session;
  readonly budget: Budget;
  /** Gets a promise for each file that is begun; when it has settled, nothing is written to the file any more. */
  readonly begun: Promise<unknown>[];
}

/**
 * Exports several files at a time, as many as the budget's jobs suffice for, the largest first. Gives them in the order in
 * which they were given. Throws the first failure, of which the message names the export.
 */
export async function exportFiles<Request extends FileRequest>(
  { run, session, budget, begun }: Exporting,
  files: readonly PlannedFile<Request>[],
  target: FileTarget<Request>,
): Promise<ExportedFile<Request>[]> {
  const done = new Map<PlannedFile<Request>, ExportedFile<Request>>();
  const running = new Set<Promise<void>>();
  let free = budget.jobs;
  for (const file of [...files].sort((a, b) => sizeOf(b) - sizeOf(a))) {
    while (free === 0) await Promise.race(running);
    const jobs = Math.min(free, file.planned.parts.jobs);
    free -= jobs;
    const exporting = exportFile(file, jobs)
      .then((exported) => void done.set(file, exported))
      .finally(() => {
        free += jobs;
        running.delete(exporting);
      });
    running.add(exporting);
    begun.push(exporting);
    // Whoever awaits the first failure need not hear of those that follow from it.
    exporting.catch(() => {});
  }
  await Promise.all(begun);
  return files.map((file) => done.get(file)!);

  async function exportFile(file: PlannedFile<Request>, jobs: number): Promise<ExportedFile<Request>> {
    const { planned, request } = file;
    const started = new Date();
    try {
      target.onStarted(file, jobs);
      const sink = await target.open(file);
      try {
        const share = budget.share(planned, jobs);
        const written = await writePlanned(session, run.newJobs(true), planned, share, sink);
        collectGarbage();
        const exported = { file, written, started, finished: new Date() };
        await target.onWritten(exported, sink);
        return exported;
      } catch (error) {
        await sink.abort();
        throw error;
      }
    } catch (error) {
      return ofExport(request.name)(error);
    }
  }
}

/** About how many values: the server's estimate of rows, by columns. */
function sizeOf({ planned: { plan } }: PlannedFile<FileRequest>): number {
  return (plan.estimatedRows ?? 0) * plan.columns.length;
}
