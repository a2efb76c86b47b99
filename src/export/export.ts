import { resolveConninfo } from '../postgres/connect/conninfo.ts';
import { openSink } from '../sink/open.ts';
import type { Sink } from '../sink/sink.ts';
import type { ArrowTypeOverrides } from '../types/resolve.ts';
import { beginPlanned } from './begin.ts';
import { ExportRun } from './export-run.ts';
import { memoryShares } from './memory.ts';
import type { ExportOptions, ExportSummary } from './options.ts';
import { divide } from './parts.ts';
import { checkReadBack } from './read-back.ts';
import { type ExportSettings, exportSettings } from './settings.ts';
import { aborted } from './stopping.ts';
import { writePlanned } from './write-planned.ts';

/** What a caller of this package may say beside the options that users have. */
export interface ExportExtras {
  /** Other Arrow types than the default ones. */
  readonly overrides?: ArrowTypeOverrides;
  /** Whether jobs may keep this thread busy; otherwise each has a thread of its own. */
  readonly useThread?: boolean;
}

/**
 * Exports the result of a query to a Parquet file. The file appears at its final name whole, or not at all.
 *
 * Throws `ExportError`; by then the query is cancelled on the server and nothing is left of the output.
 */
export async function exportToParquet(
  options: ExportOptions,
  extras: ExportExtras = {},
): Promise<ExportSummary> {
  const settings = exportSettings(options);
  if (options.signal?.aborted) throw aborted(options.signal);
  const sink = await openSink(options.out);
  let published: ExportSummary | null = null;
  const onPublished = (summary: ExportSummary) => {
    published = summary;
  };
  try {
    checkReadBack(options, sink);
    return await new ExportRun(options.signal).run((run) =>
      exportAlone(run, options, settings, extras, sink, onPublished),
    );
  } catch (error) {
    await sink.abort();
    // A signal that comes when the file is in its place comes too late.
    if (published !== null) return published;
    throw error;
  }
}

/** One export in a snapshot of its own, from the connection to the published file. */
async function exportAlone(
  run: ExportRun,
  options: ExportOptions,
  settings: ExportSettings,
  { overrides = new Map(), useThread = false }: ExportExtras,
  sink: Sink,
  onPublished: (summary: ExportSummary) => void,
): Promise<ExportSummary> {
  const started = performance.now();
  const { onLog = () => {}, connection = {}, out } = options;
  const { blockSize, maxMemory } = settings;
  const conninfo = resolveConninfo(connection);
  const jobs = run.newJobs(useThread);
  const session = await run.connect(conninfo, blockSize, onLog);
  const begun = await beginPlanned(session, options, overrides, onLog);
  const parts = await divide(session, begun.plan, settings, options.jobs !== undefined);
  const memory = memoryShares(maxMemory, parts.jobs, begun.plan.columns.length);
  const share = { jobs: parts.jobs, memory, blockSize };
  const written = await writePlanned(session, jobs, { options, settings, ...begun, parts }, share, sink);
  // Nothing more is read: the server need not keep the snapshot while the file is flushed.
  const closed = session.close();
  await sink.close();
  const summary = { out, ...written, elapsedMs: performance.now() - started };
  onPublished(summary);
  await closed;
  return summary;
}
