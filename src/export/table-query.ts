import { quoteIdentifier } from '../postgres/copy-sql.ts';

/**
 * The query that reads a table or view, or some of its columns. `table` is its name, after its schema's if that is
 * given. All names are taken as they are in the database and quoted.
 */
export function tableQuery(table: readonly string[], columns?: readonly string[]): string {
  const from = `FROM ${table.map(quoteIdentifier).join('.')}`;
  if (columns === undefined) return `SELECT * ${from}`;
  return `SELECT ${columns.map(quoteIdentifier).join(', ')} ${from}${aliasUnlike(columns, table.at(-1)!)}`;
}

/** In a select list a table's own name means its rows; under another name a column that is missing is an error. */
function aliasUnlike(columns: readonly string[], table: string): string {
  if (!columns.includes(table)) return '';
  let alias = 't';
  while (columns.includes(alias)) alias += 't';
  return ` AS ${alias}`;
}
