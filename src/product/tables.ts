import type { ExportOptions } from '../export/options.ts';
import type { Session } from '../postgres/session.ts';
import type { ExportConfig } from './config/config.ts';
import { filledOut, type OutValues } from './config/out.ts';
import { ofExport } from './exports/of-export.ts';
import type { FileRequest } from './exports/plan-files.ts';
import { incrementFiles } from './increment/files.ts';
import type { PlannedIncrement } from './increment/increment.ts';
import { planIncrement } from './increment/plan.ts';
import type { ManifestExport, ManifestFile } from './manifest/manifest.ts';
import type { StoredManifest } from './manifest/read.ts';
import { compactTime } from './publish/layout.ts';
import type { ProductRunOptions } from './run.ts';
import type { SnapshotFacts } from './snapshot-facts.ts';

/** The product that a run follows. */
export interface PreviousRun extends StoredManifest {
  /** An absolute path. */
  readonly directory: string;
}

/** The product that a run follows, and which of its exports no increment can be taken to, and why. */
export interface CheckedPrevious extends PreviousRun {
  readonly unusable: ReadonlyMap<string, string>;
}

/** One export of a product, planned in its snapshot. */
export interface ProductTable {
  readonly config: ExportConfig;
  /** Null where none is configured. */
  readonly increment: PlannedIncrement | null;
  /** The export of the same name in the previous product. */
  readonly previous: ManifestExport | null;
  /** Paths relative to the run's directory; the latter two only for an increment. */
  readonly paths: Readonly<Record<ManifestFile['role'], string>>;
}

/** A file of a product that holds rows of a query. */
export interface ProductFile extends FileRequest {
  readonly table: ProductTable;
  readonly role: 'data' | 'keys';
  readonly path: string;
}

/** Plans an export within the session's transaction. */
export async function planTable(
  session: Session,
  config: ExportConfig,
  facts: SnapshotFacts,
  date: string,
  previousRun: CheckedPrevious | null,
): Promise<ProductTable> {
  const { name } = config;
  const previous = previousRun?.manifest.exports.find((each) => each.name === name) ?? null;
  const increment =
    config.increment === null
      ? null
      : await planIncrement(
          session,
          config,
          previousRun === null || previous === null
            ? null
            : { ...previousRun, export: previous, unusable: previousRun.unusable.get(name) ?? null },
          facts,
        ).catch(ofExport(name));
  const values: OutValues = { name, date, snapshot: compactTime(facts.snapshot.time) };
  const data = filledOut(config.out, values);
  const { keys, deletedKeys } = incrementFiles(data);
  return { config, increment, previous, paths: { data, keys, deleted_keys: deletedKeys } };
}

/** The files of a table that hold rows of queries. */
export function filesOf(
  table: ProductTable,
  run: ProductRunOptions,
  pathIn: (relative: string) => string,
): ProductFile[] {
  const { config, increment, paths } = table;
  const { name } = config;
  const emit = run.onEvent ?? (() => {});
  const file = (role: 'data' | 'keys', sql: string, own: ExportConfig['options']): ProductFile => {
    const options: ExportOptions = {
      ...own,
      sql,
      out: pathIn(paths[role]),
      jobs: run.jobs,
      maxMemory: run.maxMemory,
      onLog: (line) => emit({ kind: 'log', name, line }),
      // The keys of an increment go beside its rows, and are no progress of their own.
      ...(role === 'data' && { onProgress: (progress) => emit({ kind: 'progress', name, progress }) }),
    };
    return { name, options, table, role, path: paths[role] };
  };
  const data = file('data', increment?.sql ?? config.sql, config.options);
  const keys = increment?.keys ?? null;
  return keys === null ? [data] : [data, file('keys', keys.sql, keys.options)];
}
