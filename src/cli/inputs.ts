import { parseEnv } from 'node:util';
import { tableQuery } from '../export/table-query.ts';
import type { OptionValues } from './options.ts';
import { readTextFile } from './text-file.ts';
import { usageError } from './usage-error.ts';

/** The query to export, whichever option gives it. Throws `ExportError` (`usage`) for a file that holds none. */
export async function readQuery({ sql, sqlFile, table, columns }: OptionValues): Promise<string> {
  if (sql !== undefined) return sql;
  if (sqlFile === undefined) return tableQuery(table!, columns);
  return readTextFile('--sql-file', sqlFile, { stdin: true });
}

/**
 * Adds the `PG*` variables of a .env file, as Node's `util.parseEnv` reads it, that `env` does not have yet. Throws
 * `ExportError` (`usage`) for a file that cannot be read or sets none.
 */
export async function loadEnvFile(path: string, env: NodeJS.ProcessEnv): Promise<void> {
  const text = await readTextFile('--env-file', path);
  const variables = Object.entries(parseEnv(text)).filter(([name]) => name.startsWith('PG'));
  if (variables.length === 0) {
    throw usageError(
      `--env-file: ${path} sets no PG* variable`,
      'write lines such as PGHOST=db.example.org into it',
    );
  }
  for (const [name, value] of variables) {
    if (!(name in env)) env[name] = value;
  }
}
