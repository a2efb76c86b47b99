import type { Cast, ColumnPlan } from '../types/pg-type.ts';

/** The format that rows travel in. `csv` begins with a line of the columns' names. */
export type Transport = 'binary' | 'csv';

const FORMATS: Readonly<Record<Transport, string>> = { binary: 'FORMAT binary', csv: 'FORMAT csv, HEADER' };
export const TRANSPORTS = Object.keys(FORMATS) as readonly Transport[];

/**
 * The COPY of a query whose columns are cast as planned. The wrapper names the query's columns anew: duplicate names
 * would be ambiguous. `sql` must have been parsed by the server on its own before, which makes sure that it cannot
 * close the parenthesis; it may end in a `--` comment.
 */
export function copySql(sql: string, columns: readonly ColumnPlan[], transport: Transport): string {
  return `COPY (${castQuery(sql, columns)}\n) TO STDOUT (${FORMATS[transport]})`;
}

function castQuery(sql: string, columns: readonly ColumnPlan[]): string {
  if (columns.every((column) => column.cast === null)) return sql;
  const names = columns.map((_, i) => `c${i}`);
  const list = columns.map(
    ({ name, cast }, i) => `${castExpression(`q.c${i}`, cast)} AS ${quoteIdentifier(name)}`,
  );
  return `SELECT ${list.join(', ')} FROM (${sql}\n) q(${names.join(', ')})`;
}

function castExpression(column: string, cast: Cast | null): string {
  switch (cast?.to) {
    case undefined:
      return column;
    case 'textArray':
      return `${column}::pg_catalog.text[]`;
    case 'text':
      // format's %s is the type's output function; a cast to text is not (inet's adds /32) or may be anyone's.
      return unlessNull(column, `pg_catalog.format('%s', ${column})`);
    case 'row': {
      const members = cast.members.map(({ name, cast: own }) =>
        castExpression(`(${column}).${quoteIdentifier(name)}`, own),
      );
      return unlessNull(column, `ROW(${members.join(', ')})`);
    }
  }
}

/** IS NOT DISTINCT FROM NULL, because a row of nulls IS NULL too. */
function unlessNull(column: string, value: string): string {
  return `CASE WHEN ${column} IS NOT DISTINCT FROM NULL THEN NULL ELSE ${value} END`;
}

/** Double quotes around a name, those within it doubled ("Identifiers and Key Words"). */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
