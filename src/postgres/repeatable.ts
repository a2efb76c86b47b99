import type { Session } from './session.ts';
import { tableFacts } from './slices/catalog.ts';
import { sliceableQuery } from './slices/sliceable-query.ts';

/**
 * Whether a query gives the same rows in the same order over every connection that shares the session's snapshot, as
 * far as can be told: it reads one table, calls only what gives the same everywhere, and is run by one process. Scans
 * of one table under one snapshot repeat their order as long as they are planned alike. False where it is not known.
 */
export async function isRepeatable(session: Session, sql: string): Promise<boolean> {
  const query = await sliceableQuery(sql);
  if (typeof query === 'string') return false;
  if (typeof (await tableFacts(session, query)) === 'string') return false;
  const [plan] = await session.query<{ 'QUERY PLAN': string }>(`EXPLAIN (FORMAT JSON) ${query.sql}`);
  return !/"Node Type": "Gather/.test(plan!['QUERY PLAN']);
}
