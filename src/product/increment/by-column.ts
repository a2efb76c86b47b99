import { ExportError } from '../../errors.ts';
import { quoteIdentifier } from '../../postgres/copy-sql.ts';
import { queryError } from '../../postgres/server-error.ts';
import type { Session } from '../../postgres/session.ts';
import type { ExportConfig, IncrementConfig } from '../config/config.ts';
import type { CurrentSnapshot } from './increment.ts';
import { checkKeyTypes, keyColumns } from './key.ts';
import { basisOf, type IncrementSource } from './source.ts';

/** The types that a point in time can be kept in, by their OIDs in pg_type. */
const TIMES: Readonly<Record<number, string>> = { 1082: 'date', 1114: 'timestamp', 1184: 'timestamptz' };

type ByColumn = Extract<IncrementConfig, { by: 'column' }>;

/**
 * Increments by a column that says when a row was last written: for views and whatever else the server keeps no record of.
 * A row that a writer stamped earlier than `lag` before it was visible is missed, until the next full export. Throws
 * `ExportError`.
 */
export async function columnSource(
  session: Session,
  sql: string,
  exportConfig: ExportConfig,
  current: CurrentSnapshot,
): Promise<IncrementSource> {
  const { key, column, lag } = exportConfig.increment as ByColumn;
  checkKeyTypes(exportConfig, await keyColumns(session, sql, key));
  const type = await timeType(session, sql, column);
  await requireInterval(session, lag);
  const names = key.map((name) => `q.${quoteIdentifier(name)}`);
  return {
    increment: {
      by: 'column',
      ...basisOf(exportConfig, current),
      column,
      highWater: await highWater(session, sql, column),
      lag,
    },
    keysSql: `SELECT ${names.join(', ')} FROM (${sql}\n) q`,
    keyIsBacked: false,
    changesSince: async ({ export: { increment } }) => {
      const since = (increment as { highWater: string | null }).highWater;
      const time = `q.${quoteIdentifier(column)}`;
      const threshold = since === null ? null : await before(session, since, type, lag);
      const isNew =
        threshold === null ? 'true' : `${time} >= '${threshold}'::pg_catalog.${type} OR ${time} IS NULL`;
      return `SELECT * FROM (${sql}\n) q WHERE ${isNew}`;
    },
  };
}

async function timeType(session: Session, sql: string, column: string): Promise<string> {
  const [found] = await keyColumns(session, sql, [column]);
  const type = TIMES[found!.type];
  if (type !== undefined) return type;
  throw new ExportError('unsupported', `${column}, which increments are taken by, is no date or timestamp`, {
    stage: 'plan',
    column,
    hint: 'name a column of type date, timestamp or timestamptz that every write sets anew',
  });
}

async function requireInterval(session: Session, lag: string): Promise<void> {
  await session.execute('SAVEPOINT lag');
  const [row] = await session
    .query<{ valid: string }>("SELECT ($1::pg_catalog.interval >= '0'::pg_catalog.interval)::text AS valid", [
      lag,
    ])
    .catch(() => [{ valid: 'false' }]);
  await session.execute('ROLLBACK TO SAVEPOINT lag; RELEASE SAVEPOINT lag');
  if (row?.valid === 'true') return;
  throw new ExportError('usage', `the lag ${lag} is no length of time`, {
    stage: 'options',
    hint: "give one as Postgres's intervals are written, such as 10m or 2 hours",
  });
}

/** The latest time in the product; infinity, which nothing follows, is none. */
async function highWater(session: Session, sql: string, column: string): Promise<string | null> {
  const time = `q.${quoteIdentifier(column)}`;
  const [row] = await session
    .query<{ high: string | null }>(
      `SELECT pg_catalog.max(${time}) FILTER (WHERE pg_catalog.isfinite(${time}))::text AS high FROM (${sql}\n) q`,
    )
    .catch((error) => {
      throw queryError(error, 'query');
    });
  return row!.high;
}

async function before(session: Session, time: string, type: string, lag: string): Promise<string> {
  const [row] = await session.query<{ threshold: string }>(
    `SELECT ($1::pg_catalog.${type} - $2::pg_catalog.interval)::pg_catalog.${type}::text AS threshold`,
    [time, lag],
  );
  return row!.threshold;
}
