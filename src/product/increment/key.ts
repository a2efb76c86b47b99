import { ExportError } from '../../errors.ts';
import { quoteIdentifier } from '../../postgres/copy-sql.ts';
import { queryError } from '../../postgres/server-error.ts';
import type { Session } from '../../postgres/session.ts';
import { parseArrowName } from '../../types/arrow-names.ts';
import type { ExportChoices, ExportConfig } from '../config/config.ts';

/** One column of the key. */
export interface KeyColumn {
  /** In the result. */
  readonly name: string;
  /** Its number in its table; 0 if it is no plain column. */
  readonly number: number;
  /** OID of its table; 0 if it is no plain column. */
  readonly table: number;
  /** OID of its type. */
  readonly type: number;
}

const NUMERIC = 1700;
const FLOATS = [700, 701];

/** The key's columns in the query's result. Throws `ExportError` where they are not there. */
export async function keyColumns(
  session: Session,
  sql: string,
  key: readonly string[],
): Promise<readonly KeyColumn[]> {
  const { columns } = await session.describe(sql).catch((error) => {
    throw queryError(error, 'query', sql);
  });
  return key.map((name) => {
    const found = (columns ?? []).filter((column) => column.name === name);
    if (found.length === 1) {
      const { columnID, tableID, dataTypeID } = found[0]!;
      return { name, number: columnID, table: tableID, type: dataTypeID };
    }
    throw new ExportError(
      'unsupported',
      `the query returns ${found.length === 0 ? 'no column' : 'several columns'} ${name}, which the increment's key names`,
      {
        stage: 'plan',
        column: name,
        hint: `its columns are ${(columns ?? []).map((column) => column.name).join(', ')}`,
      },
    );
  });
}

/**
 * A unique index that the server enforces at once for all rows, over columns of the key, all of which are NOT NULL. From
 * version 18 on a NOT NULL may be there that is not validated, and a primary key may be one of periods.
 */
const CONSTRAINT = `
SELECT i.indexrelid::pg_catalog.regclass::text AS name FROM pg_catalog.pg_index i
WHERE i.indrelid = $1::oid AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indislive AND NOT i.indisexclusion
  AND i.indpred IS NULL AND i.indexprs IS NULL
  AND (SELECT pg_catalog.bool_and(number = ANY ($2::int2[])) FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
       WHERE place <= i.indnkeyatts)
  AND (SELECT pg_catalog.bool_and(a.attnotnull) FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1::oid AND a.attnum = ANY ($2::int2[]))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint c
    WHERE c.conrelid = $1::oid AND c.contype = 'n' AND NOT c.convalidated AND c.conkey && $2::int2[])
ORDER BY NOT i.indisprimary, 1 LIMIT 1`;

/** The name of a unique index that rules out duplicates and NULLs of the key; null for none. */
export async function backingConstraint(
  session: Session,
  table: string,
  columns: readonly KeyColumn[],
): Promise<string | null> {
  const numbers = columns.map(({ number }) => number);
  const [row] = await session.query<{ name: string }>(CONSTRAINT, [table, numbers]);
  return row?.name ?? null;
}

/** Characters of a value that a message shows. */
const SHOWN = 100;

/** Reads the keys of all rows. Throws `ExportError` if there are duplicates or NULLs among them, with one of them. */
export async function checkKey(
  session: Session,
  { name, increment }: ExportConfig,
  keysSql: string,
): Promise<void> {
  const { key } = increment!;
  const columns = key.map((column) => `q.${quoteIdentifier(column)}`);
  const nulls = columns.map((column) => `${column} IS NULL`).join(' OR ');
  const texts = columns.map(
    (column, i) => `pg_catalog.left(${column}::pg_catalog.text, ${SHOWN + 1}) AS k${i}`,
  );
  const sql = `SELECT pg_catalog.count(*) AS n, ${texts.join(', ')} FROM (${keysSql}\n) q GROUP BY ${columns.join(', ')}
    HAVING pg_catalog.count(*) > 1 OR ${nulls} LIMIT 1`;
  const [row] = await session.query<Record<string, string | null>>(sql).catch((error) => {
    throw queryError(error, 'query');
  });
  if (row === undefined) return;
  const values = key.map((_, i) => shown(row[`k${i}`]!));
  // A composite value whose members are all NULL is NULL, too, and has a text.
  const what =
    row.n === '1' || values.includes(null)
      ? `NULL in a row: ${key.map((column, i) => `${column} is ${values[i] ?? 'NULL'}`).join(', ')}`
      : `not unique: ${row.n} rows have ${values.join(', ')}`;
  throw new ExportError('value', `the key (${key.join(', ')}) of ${name} is ${what}`, {
    stage: 'query',
    hint: 'name columns that no two rows share and that are never NULL',
  });
}

function shown(value: string | null): string | null {
  return value !== null && value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
}

/** Two different keys must not become the same. Throws `ExportError` where the options ask for floats. */
export function checkKeyTypes({ name, options }: ExportConfig, columns: readonly KeyColumn[]): void {
  const { columnTypes = {}, numeric } = options;
  const rounded = columns.find((column) => {
    const asked = columnTypes[column.name] ?? (column.type === NUMERIC ? numeric : undefined);
    return !FLOATS.includes(column.type) && asked !== undefined && parseArrowName(asked)?.id === 'float';
  });
  if (rounded === undefined) return;
  throw new ExportError('usage', `different keys of ${name} may become the same float`, {
    stage: 'options',
    column: rounded.name,
    hint: 'ask for another type for the columns of the key, in columnTypes or numeric',
  });
}

/**
 * Whether the key columns of an exported file are without NULLs, which values become that their Arrow type cannot hold.
 * `nulls`: by column, as in the manifest. Throws `ExportError`.
 */
export function checkKeyNulls(
  name: string,
  key: readonly string[],
  nulls: Readonly<Record<string, number>>,
): void {
  const column = key.find((each) => (nulls[each] ?? 0) > 0);
  if (column === undefined) return;
  throw new ExportError('value', `the key of ${name} has ${nulls[column]} NULL value(s)`, {
    stage: 'encode',
    column,
    hint: 'name columns that are never NULL, and whose values their Arrow types can hold',
  });
}

/** The options to export the keys with: those of the export, without what they say of other columns. */
export function keyOptions({ options, increment }: ExportConfig): ExportChoices {
  const {
    columnTypes = {},
    bloomFilters: _,
    onUnrepresentable: __,
    duplicateColumns: ___,
    ...rest
  } = options;
  const ofKey = Object.entries(columnTypes).filter(([column]) => increment!.key.includes(column));
  return { ...rest, columnTypes: Object.fromEntries(ofKey) };
}
