import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExportRun } from '../export/export-run.ts';
import { DEFAULT_BLOCK_SIZE } from '../export/settings.ts';
import { resolveConninfo } from '../postgres/connect/conninfo.ts';
import type { Session } from '../postgres/session.ts';
import { openSink } from '../sink/open.ts';
import { missingColumns } from './checks/columns.ts';
import { type Failure, throwFailures } from './checks/failures.ts';
import { schemaChange } from './checks/schema-change.ts';
import { duplicates } from './checks/unique.ts';
import type { ProductConfig } from './config/config.ts';
import { divideBudget } from './exports/budget.ts';
import { type ExportedFile, exportFiles } from './exports/export-files.ts';
import { type PlannedFile, planFiles } from './exports/plan-files.ts';
import { manifestFields } from './manifest/fields.ts';
import { sha256OfFile } from './manifest/read.ts';
import type { ExportedTable, PlannedEvent, ProductRunOptions, RunEvent } from './run.ts';
import { type SnapshotFacts, snapshotFacts } from './snapshot-facts.ts';
import { type CheckedPrevious, filesOf, type ProductFile, type ProductTable, planTable } from './tables.ts';

/** What a product is made of. */
export interface ProductTask {
  readonly config: ProductConfig;
  readonly options: ProductRunOptions;
  readonly previous: CheckedPrevious | null;
  /** The directory to write into: an absolute path. */
  readonly directory: string;
}

/** All files with rows of queries, complete and flushed. */
export interface ExportedProduct extends SnapshotFacts {
  readonly tables: readonly ProductTable[];
  readonly files: readonly ExportedFile<ProductFile>[];
  /** SHA-256 of each of the files, by path. */
  readonly hashes: ReadonlyMap<string, Promise<string>>;
}

/**
 * Exports the files of all tables from one snapshot, and checks what can only be checked there. `begun` is as in
 * `Exporting`. Throws `ExportError`.
 */
export async function exportProduct(
  run: ExportRun,
  { config, options, previous, directory }: ProductTask,
  begun: Promise<unknown>[],
): Promise<ExportedProduct> {
  const emit = (event: RunEvent) => options.onEvent?.(event);
  const log = (line: string) => emit({ kind: 'log', name: null, line });
  const session = await run.connect(resolveConninfo(options.connection), DEFAULT_BLOCK_SIZE, log);
  const { files, rest } = await planFiles(
    session,
    async (server) => {
      const facts = await snapshotFacts(session, server);
      const tables: ProductTable[] = [];
      for (const each of config.exports) {
        tables.push(await planTable(session, each, facts, options.date, previous));
      }
      const requests = tables.flatMap((table) => filesOf(table, options, (path) => join(directory, path)));
      return { requests, rest: { ...facts, tables } };
    },
    log,
  );
  checkPlans(files, emit);
  emit({ kind: 'planned', snapshotTime: rest.snapshot.time, exports: files.flatMap(plannedEvent) });
  const budget = divideBudget(
    files.map(({ planned }) => planned),
    options,
  );
  const hashes = new Map<string, Promise<string>>();
  const exporting = exportFiles({ run, session, budget, begun }, files, {
    open: async ({ request: { options: each } }) => {
      await mkdir(dirname(each.out), { recursive: true });
      return openSink(each.out);
    },
    onStarted: ({ request: { name, role } }, jobs) => {
      if (role === 'data') emit({ kind: 'started', name, jobs });
    },
    onWritten: async (exported, sink) => {
      await sink.close();
      const { path, options: each } = exported.file.request;
      // Read back beside the other exports, as long as the system has it in memory.
      const hash = sha256OfFile(each.out, options.signal);
      hash.catch(() => {});
      hashes.set(path, hash);
      if (exported.file.request.role === 'data') emit({ kind: 'finished', summary: summaryOf(exported) });
    },
  });
  const [exported, failures] = await Promise.all([exporting, allDuplicates(session, files)]);
  throwFailures(failures);
  await session.close();
  return { ...rest, files: exported, hashes };
}

/** What is told of an export when its rows are there. */
export function summaryOf({ file, written, started, finished }: ExportedFile<ProductFile>): ExportedTable {
  const { name, path } = file.request;
  const elapsedMs = finished.getTime() - started.getTime();
  return { name, out: path, ...written, elapsedMs };
}

/** What is wrong with the columns is known before the first row. */
function checkPlans(files: readonly PlannedFile<ProductFile>[], emit: (event: RunEvent) => void): void {
  const failures: Failure[] = [];
  for (const { request, planned } of files) {
    if (request.role !== 'data') continue;
    const { config, previous } = request.table;
    failures.push(...missingColumns(config, planned.plan.fields));
    if (previous === null || config.onSchemaChange === 'ignore') continue;
    const change = schemaChange(previous.fields, manifestFields(planned.plan.fields));
    if (change === null) continue;
    const message = `has other columns than in the previous product: ${change}`;
    if (config.onSchemaChange === 'error') failures.push({ name: config.name, message });
    else emit({ kind: 'warning', name: config.name, message });
  }
  throwFailures(failures);
}

async function allDuplicates(
  session: Session,
  files: readonly PlannedFile<ProductFile>[],
): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const { request, planned } of files) {
    if (request.role !== 'data') continue;
    failures.push(...(await duplicates(session, request.table.config, planned.plan.fields)));
  }
  return failures;
}

function plannedEvent({ request, planned }: PlannedFile<ProductFile>): PlannedEvent[] {
  const { name, role, table } = request;
  if (role !== 'data') return [];
  const { increment } = table;
  const { estimatedRows } = planned.plan;
  if (increment === null) return [{ name, estimatedRows, increment: 'none' }];
  const { fullBecause } = increment;
  return [{ name, estimatedRows, increment: fullBecause === null ? 'increment' : { fullBecause } }];
}
