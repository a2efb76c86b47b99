import { ExportError } from '../errors.ts';
import type { ColumnDesc } from '../types/pg-type.ts';
import { describeTypes } from './describe-types.ts';
import { queryError } from './server-error.ts';
import type { Session } from './session.ts';
import type { StatementColumn } from './submittables.ts';

/**
 * The columns of a query's result: names and types from the server's Describe, which does not run the query, and what
 * the catalog says of them. Throws `ExportError` (`query`, `unsupported`).
 */
export async function describeQuery(session: Session, sql: string): Promise<ColumnDesc[]> {
  const { columns, parameters } = await session.describe(sql).catch((error) => {
    throw queryError(error, 'query', sql);
  });
  if (parameters > 0) {
    throw new ExportError('unsupported', `the query has ${parameters} parameter(s) like $1`, {
      stage: 'query',
      hint: 'write the values into the query itself',
    });
  }
  if (columns === null) {
    throw new ExportError('unsupported', 'the statement returns no rows', {
      stage: 'query',
      hint: 'give a SELECT, VALUES, TABLE or WITH query',
    });
  }
  const origins = await describeOrigins(session, columns);
  const refs = columns.map(({ dataTypeID, dataTypeModifier }, i) => {
    const { domain } = origins[i]!;
    return domain === null
      ? { oid: dataTypeID, typmod: dataTypeModifier }
      : { oid: Number(domain), typmod: -1 };
  });
  const types = await describeTypes(session, refs);
  return columns.map(({ name, tableID }, i) => ({
    name,
    table: tableID,
    type: types[i]!,
    dimensions: Number(origins[i]!.dimensions),
    comment: origins[i]!.comment,
  }));
}

/**
 * What the table says of a column that is one of its columns; dimensions 0 and no domain for other ones. Of a column of
 * a domain's type RowDescription names the type under the domain only, so the domain comes from here.
 */
interface Origin {
  readonly dimensions: string;
  readonly domain: string | null;
  readonly comment: string | null;
}

async function describeOrigins(session: Session, columns: readonly StatementColumn[]): Promise<Origin[]> {
  if (columns.length === 0) return [];
  return session.query<Origin>(
    `SELECT coalesce(a.attndims, 0) AS dimensions, CASE WHEN t.typtype = 'd' THEN t.oid END AS domain,
       pg_catalog.col_description(a.attrelid, a.attnum) AS comment
     FROM ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::int2[])) WITH ORDINALITY AS ref(relation, number, place)
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = ref.relation AND a.attnum = ref.number AND ref.relation <> 0::pg_catalog.oid
     LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     ORDER BY ref.place`,
    [columns.map((column) => column.tableID), columns.map((column) => column.columnID)],
  );
}

/** The comment on the one table that all the columns come from; null for none. */
export async function describeTable(
  session: Session,
  columns: readonly ColumnDesc[],
): Promise<string | null> {
  const [table, ...others] = new Set(columns.map((column) => column.table));
  if (table === undefined || table === 0 || others.length > 0) return null;
  const rows = await session.query<{ comment: string | null }>(
    "SELECT pg_catalog.obj_description($1::oid, 'pg_class') AS comment",
    [table],
  );
  return rows[0]?.comment ?? null;
}

/** Rows that the planner expects the query to return; null if it does not say. The query is not run. */
export async function estimateRows(session: Session, sql: string): Promise<number | null> {
  const rows = await session
    .query<{ 'QUERY PLAN': string }>(`EXPLAIN (FORMAT JSON) ${sql}`)
    .catch((error) => {
      throw queryError(error, 'query');
    });
  const [plan] = JSON.parse(rows[0]?.['QUERY PLAN'] ?? '[]') as { Plan?: { 'Plan Rows'?: number } }[];
  return plan?.Plan?.['Plan Rows'] ?? null;
}
