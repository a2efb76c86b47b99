import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { parseEnv } from 'node:util';
import { tableQuery } from '../export/table-query.ts';
import type { OptionValues } from './options.ts';
import { usageError } from './usage-error.ts';

/** The query to export, whichever option gives it. Throws `ExportError` (`usage`) for a file that holds none. */
export async function readQuery({ sql, sqlFile, table, columns }: OptionValues): Promise<string> {
  if (sql !== undefined) return sql;
  if (sqlFile === undefined) return tableQuery(table!, columns);
  const isStdin = sqlFile === '-';
  const name = isStdin ? 'standard input' : sqlFile;
  const bytes = await (isStdin ? buffer(process.stdin) : readFile(sqlFile)).catch(
    unreadable('--sql-file', name),
  );
  const text = decodeUtf8(bytes);
  if (text === null || text.includes('\0')) {
    throw usageError(`--sql-file: ${name} is not text in UTF-8`, 'save the query as UTF-8');
  }
  if (text.trim() === '') throw usageError(`--sql-file: ${name} is empty`, 'write the query into it');
  return text;
}

/**
 * Adds the `PG*` variables of a .env file, as Node's `util.parseEnv` reads it, that `env` does not have yet. Throws
 * `ExportError` (`usage`) for a file that cannot be read or sets none.
 */
export async function loadEnvFile(path: string, env: NodeJS.ProcessEnv): Promise<void> {
  const bytes = await readFile(path).catch(unreadable('--env-file', path));
  const variables = Object.entries(parseEnv(decodeUtf8(bytes) ?? '')).filter(([name]) =>
    name.startsWith('PG'),
  );
  if (variables.length === 0) {
    throw usageError(
      `--env-file: ${path} sets no PG* variable`,
      'write lines such as PGHOST=db.example.org into it, in UTF-8',
    );
  }
  for (const [name, value] of variables) {
    if (!(name in env)) env[name] = value;
  }
}

/** Explains the system error that kept the file of an option from being read. */
function unreadable(flag: string, name: string): (error: NodeJS.ErrnoException) => never {
  return ({ code, message }) => {
    switch (code) {
      case 'ENOENT':
        throw usageError(`${flag}: there is no file ${name}`, 'check the path for a typing error');
      case 'EISDIR':
        throw usageError(`${flag}: ${name} is a directory`, 'name a file in it');
      case 'EACCES':
        throw usageError(`${flag}: ${name} may not be read`, 'change its permissions');
      default:
        throw usageError(`${flag}: ${name} cannot be read: ${message}`, 'name another file');
    }
  };
}

/** Without a byte order mark; null where the bytes are no UTF-8. */
function decodeUtf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
