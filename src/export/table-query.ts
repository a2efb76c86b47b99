import { ExportError } from '../errors.ts';
import { quoteIdentifier } from '../postgres/copy-sql.ts';
import { isServerError, singleLine } from '../postgres/server-error.ts';

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

/** SQLSTATEs: undefined table, undefined column, invalid schema name. */
const NOT_FOUND = ['42P01', '42703', '3F000'];

/**
 * An error of an export by `tableQuery`, for whoever named the table: names no place in the query, which they have not
 * written, and says how names are read where there is none of that name. Anything else is passed through.
 */
export function tableError(error: unknown): unknown {
  if (!(error instanceof ExportError) || !NOT_FOUND.includes(error.sqlState ?? '')) return error;
  const { code, stage, cause } = error;
  if (!isServerError(cause)) return error;
  const perhaps = cause.hint === undefined ? 'check the spelling' : singleLine(cause.hint).replace(/\.$/, '');
  return new ExportError(code, singleLine(cause.message), {
    stage,
    sqlState: cause.code,
    hint: `${perhaps}; names are taken exactly as in the database, upper and lower case included`,
    cause: error,
  });
}
