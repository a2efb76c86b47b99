import { readFileSync, statSync } from 'node:fs';
import { defaultHost } from './hosts.ts';

/*
 * The password file, `~/.pgpass` (PostgreSQL documentation, "The Password File"). pg would read it through the package
 * `pgpass`, which is not used here: it looks up the address connected to instead of the host as written, knows nothing
 * of `localhost` for the default socket directory, keeps what follows an unescaped ":" in the password, reads the
 * process's own environment and writes to stderr.
 */

/** Whose password is looked for. */
export interface PasswordKey {
  /** Host name, address or socket directory as the user wrote it. */
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
  readonly user: string;
}

/**
 * Reads the lines of a password file; none where there is no such file. A file that is no plain file or that others
 * can read is ignored as in libpq, and `warn` is told in one line.
 */
export function readPassfile(path: string, warn: (line: string) => void): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  const ignored = `password file "${path}" is ignored:`;
  if (!stat.isFile()) {
    warn(`${ignored} it is not a plain file`);
    return [];
  }
  if ((stat.mode & 0o077) !== 0) {
    warn(`${ignored} others can read it; run: chmod 0600 "${path}"`);
    return [];
  }
  try {
    return readFileSync(path, 'utf8').split('\n').map(withoutCarriageReturn);
  } catch (error) {
    warn(`${ignored} ${(error as Error).message}`);
    return [];
  }
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** The password on the first line that fits; null where none does. */
export function findPassword(lines: readonly string[], key: PasswordKey): string | null {
  const host = key.host === '' || key.host === defaultHost() ? 'localhost' : key.host;
  for (const line of lines) {
    if (line === '' || line.startsWith('#')) continue;
    let rest: string | null = line;
    for (const value of [host, String(key.port), key.dbname, key.user]) rest = afterField(rest, value);
    if (rest !== null) return passwordField(rest);
  }
  return null;
}

/** What follows the line's first field and its ":", where the field is `*` or spells the value; else null. */
function afterField(line: string | null, value: string): string | null {
  if (line === null) return null;
  if (line.startsWith('*:')) return line.slice(2);
  const [field, text] = /^((?:[^:\\]|\\.)*):/.exec(line) ?? [];
  return field !== undefined && text !== undefined && text.replace(/\\(.)/g, '$1') === value
    ? line.slice(field.length)
    : null;
}

/** The password's field, which ends at an unescaped ":" like any other. */
function passwordField(text: string): string {
  const [field = ''] = /^(?:[^:\\]|\\.|\\$)*/.exec(text) ?? [];
  return field.replace(/\\(.)/g, '$1');
}
