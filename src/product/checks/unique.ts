import { quoteIdentifier } from '../../postgres/copy-sql.ts';
import { queryError } from '../../postgres/server-error.ts';
import type { Session } from '../../postgres/session.ts';
import { singleQuery } from '../../postgres/statement.ts';
import type { Field } from '../../types/kinds.ts';
import type { ExportConfig } from '../config/config.ts';
import { ofExport } from '../exports/of-export.ts';
import type { Failure } from './failures.ts';

/** As many examples as fit into a message. */
const EXAMPLES = 3;

/**
 * Looks for rows that are equal in one of the sets of columns in `unique`, in the session's snapshot. It is always the
 * query as it is configured that is looked at, also where an increment is exported. As in Postgres's own UNIQUE, a NULL
 * is not equal to another one. Throws `ExportError` (`query`), say for a type without equality.
 */
export async function duplicates(
  session: Session,
  { name, sql, unique }: ExportConfig,
  fields: readonly Field[],
): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const columns of unique) {
    const query = duplicatesQuery(await singleQuery(sql), fields, columns);
    const rows = await session.query<{ key: string; n: string }>(query).catch((error) => {
      const explained = queryError(error, 'query');
      return ofExport(name, `, unique (${columns.join(', ')})`)(explained);
    });
    if (rows.length === 0) continue;
    const examples = rows.slice(0, EXAMPLES).map(({ key, n }) => `${key} ${n} times`);
    const more = rows.length > EXAMPLES ? ', …' : '';
    const message = `has duplicates of ${columns.join(', ')}: ${examples.join(', ')}${more}`;
    failures.push({ name, message });
  }
  return failures;
}

/** The columns are numbered: the query's own names may be ambiguous. */
function duplicatesQuery(query: string, fields: readonly Field[], columns: readonly string[]): string {
  const alias = (column: string) => `c${fields.findIndex(({ name }) => name === column)}`;
  const keys = columns.map(alias);
  const named = fields.map((_, i) => quoteIdentifier(`c${i}`)).join(', ');
  return `SELECT pg_catalog.concat_ws(', ', ${keys.map((key) => `q.${key}`).join(', ')}) AS key, count(*) AS n
FROM (${query}
) AS q(${named}) WHERE ${keys.map((key) => `q.${key} IS DISTINCT FROM NULL`).join(' AND ')}
GROUP BY ${keys.map((key) => `q.${key}`).join(', ')} HAVING count(*) > 1 LIMIT ${EXAMPLES + 1}`;
}
