import { resolveConninfo } from '../../src/postgres/connect/conninfo.ts';
import { Session } from '../../src/postgres/session.ts';
import { planSlices } from '../../src/postgres/slices/slices.ts';
import { singleQuery } from '../../src/postgres/statement.ts';
import { beginExport, rollback } from '../../src/postgres/transaction.ts';

/** A session on a server of the tests, in the transaction of an export. */
export async function exportSession(dsn: string): Promise<Session> {
  const session = await Session.open(resolveConninfo({ dsn }), 1 << 20);
  await beginExport(session);
  return session;
}

/** Why a query is read over one connection, or how it is read in slices; in a transaction of its own. */
export async function plannedSlices(session: Session, sql: string) {
  await rollback(session);
  await beginExport(session);
  return planSlices(session, await singleQuery(sql), { most: 4, asked: true });
}

/** The rows of some queries as a multiset: how many there are, and the sum of their hashes. */
export async function multisetOf(session: Session, queries: readonly string[]): Promise<string> {
  let rows = 0;
  let hashes = 0n;
  for (const sql of queries) {
    const [found] = await session.query<{ rows: string; hashes: string }>(
      `SELECT count(*) AS rows, coalesce(sum(hashtextextended(format('%s', q), 0)::numeric), 0) AS hashes FROM (${sql}\n) q`,
    );
    rows += Number(found!.rows);
    hashes += BigInt(found!.hashes);
  }
  return `${rows} rows, hashes ${hashes}`;
}

/** The queries of all slices. */
export function sliceQueries(sliced: { readonly count: number; sql(slice: number): string }): string[] {
  return Array.from({ length: sliced.count }, (_, slice) => sliced.sql(slice));
}
