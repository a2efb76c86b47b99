import type { Session } from './session.ts';

/**
 * Which of some columns of a query, all of them text, Postgres compares byte by byte: those under the collation C or
 * another one that goes by code points. `count`: columns of the query, which is planned but not run; the server must
 * have parsed it on its own before.
 */
export async function bytewiseColumns(
  session: Session,
  sql: string,
  count: number,
  columns: readonly number[],
): Promise<ReadonlySet<number>> {
  const names = Array.from({ length: count }, (_, i) => `c${i}`);
  const collations = columns.map((column) => `pg_catalog.pg_collation_for(q.c${column})`);
  const rows = await session.query<{ bytewise: string | null }>(
    `SELECT CASE c.collprovider
         WHEN 'd' THEN d.provider = 'b' OR d.provider = 'c' AND d.datcollate IN ('C', 'POSIX')
         ELSE c.collprovider = 'b' OR c.collprovider = 'c' AND c.collcollate IN ('C', 'POSIX')
       END AS bytewise
     FROM (SELECT 1) one LEFT JOIN (${sql}\n) q(${names.join(', ')}) ON false
     CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[${collations.join(', ')}]) WITH ORDINALITY o(name, place)
     LEFT JOIN pg_catalog.pg_collation c ON c.oid = o.name::pg_catalog.regcollation::pg_catalog.oid
     CROSS JOIN (SELECT datcollate, coalesce(pg_catalog.to_jsonb(pg_database) ->> 'datlocprovider'::pg_catalog.text, 'c') AS provider
       FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) d
     ORDER BY o.place`,
  );
  return new Set(columns.filter((_, i) => rows[i]!.bytewise === 't'));
}
