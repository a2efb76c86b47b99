import { ExportRun } from '../export/export-run.ts';
import { DEFAULT_BLOCK_SIZE, exportSettings } from '../export/settings.ts';
import { STOP_LIMIT_MS, within } from '../export/stopping.ts';
import { resolveConninfo } from '../postgres/connect/conninfo.ts';
import { openSink } from '../sink/open.ts';
import type { Sink } from '../sink/sink.ts';
import type { PlainExport } from './config/config.ts';
import { divideBudget } from './exports/budget.ts';
import { exportFiles } from './exports/export-files.ts';
import { ofExport } from './exports/of-export.ts';
import { type FileRequest, planFiles } from './exports/plan-files.ts';
import type { ExportedTable, RunEvent, RunOptions, RunSummary } from './run.ts';

/**
 * Exports several queries from one snapshot. The files get their names at the end, one after the other, when all have
 * succeeded. Throws `ExportError`; files that were there before are then as they were, unless it was the naming of one
 * that failed.
 */
export async function runPlain(exports: readonly PlainExport[], options: RunOptions): Promise<RunSummary> {
  const started = performance.now();
  const requests = exports.map((each) => request(each, options));
  for (const each of requests) checkSettings(each);
  const sinks = new Map<FileRequest, Sink>();
  const begun: Promise<unknown>[] = [];
  try {
    for (const each of requests) sinks.set(each, await openSink(each.options.out).catch(ofExport(each.name)));
    const tables = await new ExportRun(options.signal).run((run) =>
      exportTogether(run, requests, sinks, options, begun),
    );
    for (const sink of sinks.values()) await sink.close();
    options.onEvent?.({ kind: 'published' });
    return { exports: tables, elapsedMs: performance.now() - started };
  } catch (error) {
    await within(STOP_LIMIT_MS, Promise.allSettled(begun));
    for (const sink of sinks.values()) await sink.abort();
    throw error;
  }
}

function request({ sql, out, options }: PlainExport, run: RunOptions): FileRequest {
  const emit = run.onEvent ?? (() => {});
  return {
    name: out,
    options: {
      ...options,
      sql,
      out,
      jobs: run.jobs,
      maxMemory: run.maxMemory,
      onProgress: (progress) => emit({ kind: 'progress', name: out, progress }),
      onLog: (line) => emit({ kind: 'log', name: out, line }),
    },
  };
}

/** Before anything is opened: what is wrong is wrong without a server. */
function checkSettings({ name, options }: FileRequest): void {
  try {
    exportSettings(options);
  } catch (error) {
    ofExport(name)(error);
  }
}

async function exportTogether(
  run: ExportRun,
  requests: readonly FileRequest[],
  sinks: ReadonlyMap<FileRequest, Sink>,
  options: RunOptions,
  begun: Promise<unknown>[],
): Promise<ExportedTable[]> {
  const emit = (event: RunEvent) => options.onEvent?.(event);
  const session = await run.connect(resolveConninfo(options.connection), DEFAULT_BLOCK_SIZE);
  const { facts, files } = await planFiles(
    session,
    async () => ({ requests, rest: null }),
    (line) => emit({ kind: 'log', name: null, line }),
  );
  const budget = divideBudget(
    files.map(({ planned }) => planned),
    options,
  );
  emit({
    kind: 'planned',
    snapshotTime: facts.snapshotTime,
    exports: files.map(({ request: { name }, planned: { plan } }) => ({
      name,
      estimatedRows: plan.estimatedRows,
      increment: 'none',
    })),
  });
  const tables = new Map<FileRequest, ExportedTable>();
  await exportFiles({ run, session, budget, begun }, files, {
    open: async ({ request: each }) => sinks.get(each)!,
    onStarted: ({ request: { name } }, jobs) => emit({ kind: 'started', name, jobs }),
    onWritten: async ({ file, written, started, finished }) => {
      const { name, options: each } = file.request;
      const elapsedMs = finished.getTime() - started.getTime();
      const summary = { name, out: each.out, ...written, elapsedMs };
      tables.set(file.request, summary);
      emit({ kind: 'finished', summary });
    },
  });
  await session.close();
  return requests.map((each) => tables.get(each)!);
}
