import { resolve } from 'node:path';
import { readTextFile } from '../../cli/text-file.ts';
import { ExportError } from '../../errors.ts';
import { singleQuery } from '../../postgres/statement.ts';
import type { RawEntry } from './entries.ts';
import type { Mistake } from './mistakes.ts';

/** The queries of all entries; null for one that gives a table. */
export interface Queries {
  readonly sql: readonly (string | null)[];
  readonly mistakes: readonly Mistake[];
}

/** Reads what `sql` and `sql_file` give; a file is relative to `folder`. */
export async function readQueries(entries: readonly RawEntry[], folder: string): Promise<Queries> {
  const mistakes: Mistake[] = [];
  const sql: (string | null)[] = [];
  for (const entry of entries) {
    const key = 'sql' in entry.values ? 'sql' : 'sql_file';
    try {
      sql.push(await queryOf(key, entry.values[key], folder));
    } catch (error) {
      if (!(error instanceof ExportError)) throw error;
      mistakes.push({ path: [...entry.path, key], message: `is wrong: ${error.message}: ${error.hint}` });
    }
  }
  return { sql, mistakes };
}

async function queryOf(key: 'sql' | 'sql_file', given: unknown, folder: string): Promise<string | null> {
  // What is no text is the schema's to tell.
  if (typeof given !== 'string' || given.trim() === '' || given.includes('\0')) return null;
  const sql = key === 'sql' ? given : await readTextFile('the query', resolve(folder, given));
  // Known before a server is asked; whether its tables exist is not.
  await singleQuery(sql);
  return sql;
}
