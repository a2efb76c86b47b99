import { ExportError } from '../errors.ts';
import type { ColumnDesc, PgTypeDesc } from '../types/pg-type.ts';
import { queryError } from './server-error.ts';
import type { Session } from './session.ts';

/**
 * The columns of a query's result: names and types from the server's Describe, which does not run the query, and what
 * the catalog says of the types. Throws `ExportError` (`query`, `unsupported`).
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
  const types = await describeTypes(
    session,
    columns.map(({ dataTypeID, dataTypeModifier }) => ({ oid: dataTypeID, typmod: dataTypeModifier })),
  );
  return columns.map(({ name }, i) => ({ name, type: types[i]! }));
}

interface TypeRef {
  readonly oid: number;
  readonly typmod: number;
}

/** One type as `pg_type` has it; all values are the text that the server sent. */
interface TypeRow {
  readonly oid: string;
  readonly typname: string;
  readonly typtype: string;
  readonly typbasetype: string;
  readonly typtypmod: string;
  readonly formatted: string;
}

/** The types asked for, in that order, and, level by level, the types that their domains stand on. */
async function describeTypes(session: Session, refs: readonly TypeRef[]): Promise<PgTypeDesc[]> {
  if (refs.length === 0) return [];
  const rows = await session.query<TypeRow>(
    `SELECT t.oid, t.typname, t.typtype, t.typbasetype, t.typtypmod,
            pg_catalog.format_type(t.oid, ref.typmod) AS formatted
     FROM unnest($1::oid[], $2::int4[]) WITH ORDINALITY AS ref(oid, typmod, place)
     JOIN pg_catalog.pg_type t ON t.oid = ref.oid ORDER BY ref.place`,
    [refs.map((ref) => ref.oid), refs.map((ref) => ref.typmod)],
  );
  const domains = rows.filter((row) => row.typtype === 'd');
  const bases = await describeTypes(
    session,
    domains.map((row) => ({ oid: Number(row.typbasetype), typmod: Number(row.typtypmod) })),
  );
  return rows.map((row, i) => {
    const domain = domains.indexOf(row);
    return {
      oid: Number(row.oid),
      name: row.typname,
      formatted: row.formatted,
      typmod: refs[i]!.typmod,
      typtype: row.typtype,
      ...(domain >= 0 ? { base: bases[domain]! } : {}),
    };
  });
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
