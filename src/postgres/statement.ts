import { ExportError } from '../errors.ts';
import { parseSql } from './sql-parser.ts';

/**
 * The one query in the user's SQL, without the comments before it and the semicolons after it; it may end in a `--`
 * comment. Postgres's own parser (libpg-query) decides, and only about form: text that it cannot parse is passed on,
 * for the server to judge.
 *
 * Throws `ExportError` (`unsupported`) for no statement, several statements, or one that is no query.
 */
export async function singleQuery(sql: string): Promise<string> {
  const statements = await parseStatements(sql);
  // COPY takes no semicolon; the server judges the rest.
  if (statements === null) return sql.trim().replace(/[;\s]+$/, '');
  const [statement] = statements;
  if (statement === undefined)
    throw refuse('the SQL holds no query', 'give one SELECT, VALUES, TABLE or WITH query');
  if (statements.length > 1) {
    throw refuse(
      `the SQL holds ${statements.length} statements`,
      'give exactly one query; run an export for each',
    );
  }
  if (statement.kind !== 'SelectStmt') {
    throw refuse(
      `the SQL is no query but ${commandName(statement.kind)}`,
      'only what can be read is exported: give a SELECT, VALUES, TABLE or WITH query',
    );
  }
  return statement.text;
}

interface Statement {
  /** Postgres's name of the parse node, such as `SelectStmt`. */
  readonly kind: string;
  readonly text: string;
}

/** The statements of the text; null where the parser does not know its syntax. */
async function parseStatements(sql: string): Promise<Statement[] | null> {
  // The parser refuses empty text by an error that looks like any syntax error.
  if (sql.trim() === '') return [];
  const parsed = await parseSql(sql);
  if (parsed === null) return null;
  const bytes = Buffer.from(sql);
  return (parsed.stmts ?? []).map(({ stmt, stmt_location: at = 0, stmt_len: length }) => ({
    kind: Object.keys(stmt ?? {})[0] ?? '',
    text: bytes.subarray(at, length === undefined ? undefined : at + length).toString(),
  }));
}

/** `InsertStmt` → `INSERT`, `CreateTableAsStmt` → `CREATE TABLE AS`. */
function commandName(kind: string): string {
  return kind
    .replace(/Stmt$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase();
}

function refuse(message: string, hint: string): ExportError {
  return new ExportError('unsupported', message, { stage: 'query', hint });
}
