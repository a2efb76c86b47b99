import { join } from 'node:path';
import { distinctNames } from '../../export/column-names.ts';
import { describeQuery } from '../../postgres/describe.ts';
import type { Session } from '../../postgres/session.ts';
import { singleQuery } from '../../postgres/statement.ts';
import type { ExportConfig } from '../config/config.ts';
import type { ManifestField } from '../manifest/manifest.ts';
import { columnSource } from './by-column.ts';
import { snapshotSource } from './by-snapshot.ts';
import { filesOfKeys } from './files.ts';
import type { CurrentSnapshot, PlannedIncrement, PreviousProduct } from './increment.ts';
import { checkKey, keyOptions } from './key.ts';
import { fullBecause } from './reasons.ts';
import type { IncrementSource } from './source.ts';

/**
 * Decides within the session's transaction whether a table with `increment` is exported in full or as an increment to
 * `previous`, and by which queries. Throws `ExportError` where the configuration can never work for this table, and for
 * duplicates of a key that no constraint rules out.
 */
export async function planIncrement(
  session: Session,
  exportConfig: ExportConfig,
  previous: PreviousProduct | null,
  current: CurrentSnapshot,
): Promise<PlannedIncrement> {
  const source = await increments(session, exportConfig, current);
  const { increment, keysSql, keyIsBacked } = source;
  if (!keyIsBacked) await checkKey(session, exportConfig, keysSql);
  const { fullEvery } = exportConfig.increment!;
  const reason =
    fullBecause(previous, current, { increment, fullEvery }) ??
    (await otherColumns(session, exportConfig, previous!.export.fields));
  if (previous === null || reason !== null) {
    const { sql } = exportConfig;
    return { kind: 'full', fullBecause: reason, sql, keys: null, previousKeys: null, increment };
  }
  return {
    kind: 'increment',
    fullBecause: null,
    sql: await source.changesSince(previous),
    keys: { sql: keysSql, options: keyOptions(exportConfig) },
    previousKeys: filesOfKeys(previous.export).map(({ path }) => join(previous.directory, path)),
    increment: { ...increment, fullAt: previous.export.increment!.fullAt },
  };
}

/** Of a view nothing else is known; and a table's columns may have changed since the snapshot that the catalog is read by. */
async function otherColumns(
  session: Session,
  { sql, options }: ExportConfig,
  before: readonly ManifestField[],
): Promise<string | null> {
  const described = await describeQuery(session, await singleQuery(sql));
  const now = distinctNames(described, options.duplicateColumns ?? 'error').map(({ name, type }) => [
    name,
    type.formatted,
  ]);
  const then = before.map(({ name, postgresType }) => [name, postgresType]);
  return JSON.stringify(now) === JSON.stringify(then) ? null : 'the query returns other columns';
}

async function increments(
  session: Session,
  exportConfig: ExportConfig,
  current: CurrentSnapshot,
): Promise<IncrementSource> {
  const sql = await singleQuery(exportConfig.sql);
  return exportConfig.increment!.by === 'snapshot'
    ? snapshotSource(session, sql, exportConfig, current)
    : columnSource(session, sql, exportConfig, current);
}
