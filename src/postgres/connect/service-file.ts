import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exists, homeDirectory } from './home.ts';
import { isParameter, usageError } from './parameters.ts';

/** Where the service files may be. */
export interface ServiceFileLocation {
  /** The user's own file, by `servicefile` or `PGSERVICEFILE`; undefined for `~/.pg_service.conf`. */
  readonly servicefile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The parameters of a service (PostgreSQL documentation, "The Connection Service File"): from the user's own file,
 * else from `pg_service.conf` in `PGSYSCONFDIR`. Throws an `ExportError` with code `usage` where neither defines it.
 */
export function readService(service: string, location: ServiceFileLocation): Map<string, string> {
  const files = serviceFiles(location);
  for (const file of files) {
    const parameters = readSection(file, service);
    if (parameters !== undefined) return parameters;
  }
  throw usageError(
    `there is no definition of service "${service}"`,
    files.length === 0
      ? `write a section [${service}] into ~/.pg_service.conf`
      : `add a section [${service}] to ${files.join(' or ')}`,
  );
}

function serviceFiles({ servicefile, env }: ServiceFileLocation): string[] {
  const files: string[] = [];
  const home = homeDirectory(env);
  if (servicefile !== undefined) files.push(servicefile);
  else if (home !== undefined) files.push(...[join(home, '.pg_service.conf')].filter(exists));
  const system = join(env.PGSYSCONFDIR ?? '/etc/postgresql-common', 'pg_service.conf');
  if (exists(system)) files.push(system);
  return files;
}

/** The first section of that name; undefined where the file has none. */
function readSection(file: string, service: string): Map<string, string> | undefined {
  let section: Map<string, string> | undefined;
  for (const [index, raw] of readLines(file).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (section !== undefined) break;
      if (line.startsWith(`[${service}]`)) section = new Map();
    } else if (section !== undefined) {
      readParameter(section, line, `${file}, line ${index + 1}`);
    }
  }
  return section;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    throw usageError(
      `service file "${file}" cannot be read: ${(error as Error).message}`,
      'correct PGSERVICEFILE or the file',
      error,
    );
  }
}

/** Takes one `keyword=value`, without quotes or blanks around "="; the first of several wins. */
function readParameter(section: Map<string, string>, line: string, place: string): void {
  const equals = line.indexOf('=');
  const keyword = line.slice(0, Math.max(equals, 0));
  if (line.startsWith('ldap://')) {
    throw usageError(
      `LDAP lookup of a service is not supported (${place})`,
      'write its parameters into the file',
    );
  }
  if (keyword === 'service' || keyword === 'servicefile') {
    throw usageError(`a service cannot refer to another (${place})`, `remove ${keyword}`);
  }
  if (equals < 0 || !isParameter(keyword)) {
    throw usageError(
      `service file ${place}: ${equals < 0 ? 'expected keyword=value' : `unknown connection parameter "${keyword}"`}`,
      'use the names that libpq has, without blanks around "="',
    );
  }
  if (!section.has(keyword)) section.set(keyword, line.slice(equals + 1));
}
