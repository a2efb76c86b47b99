import type { Session } from '../../postgres/session.ts';
import { singleQuery } from '../../postgres/statement.ts';
import type { ExportConfig } from '../config/config.ts';
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
  const reason = fullBecause(previous, current, { increment, fullEvery: exportConfig.increment?.fullEvery });
  if (previous === null || reason !== null) {
    const { sql } = exportConfig;
    return { kind: 'full', fullBecause: reason, sql, keys: null, previousKeys: null, increment };
  }
  return {
    kind: 'increment',
    fullBecause: null,
    sql: await source.changesSince(previous),
    keys: { sql: keysSql, options: keyOptions(exportConfig) },
    previousKeys: filesOfKeys(previous.export, previous.directory),
    increment: { ...increment, fullAt: previous.export.increment!.fullAt },
  };
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
