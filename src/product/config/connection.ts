import { z } from 'zod';
import { WrongValue } from '../../cli/values.ts';
import { ExportError } from '../../errors.ts';
import type { ConnectionOptions } from '../../export/options.ts';
import { parseDsn } from '../../postgres/connect/dsn.ts';
import { ENVIRONMENT_VARIABLES } from '../../postgres/connect/parameters.ts';
import { isMapping } from './entries.ts';
import { leaf } from './leaf.ts';
import type { Mistake } from './mistakes.ts';

/** Parameters whose values are secrets. */
const SECRETS: readonly string[] = [
  'password',
  'sslpassword',
  'scram_client_key',
  'scram_server_key',
  'oauth_client_secret',
];

const NO_SECRETS = 'must not be in this file: keep passwords in ~/.pgpass (mode 0600) or in PGPASSWORD';

/** The section `connection`: libpq's parameters by their names, or `dsn`. */
export const connectionSchema = z
  .strictObject({
    dsn: dsnField().optional(),
    ...Object.fromEntries(
      Object.keys(ENVIRONMENT_VARIABLES).map((name) => [
        name,
        (SECRETS.includes(name) ? secretField() : parameterField(name)).optional(),
      ]),
    ),
  })
  .meta({ description: "how to reach the server: libpq's parameters by their names, or dsn alone" });

/** A YAML file may have 5432 and true where libpq has text. */
function parameterField(name: string) {
  return leaf({
    schema: { type: ['string', 'integer'] },
    description: `libpq's parameter ${name}`,
    read: (value) => {
      const isText = typeof value === 'string' && !value.includes('\0');
      if (isText || Number.isSafeInteger(value)) return String(value);
      throw new WrongValue('text or a whole number');
    },
  });
}

function secretField() {
  return z
    .unknown()
    .refine((value) => value === undefined, NO_SECRETS)
    .meta({ not: {}, description: 'not in this file: keep passwords in ~/.pgpass' });
}

function dsnField() {
  return z
    .unknown()
    .superRefine((value, context) => {
      const message =
        typeof value === 'string' ? dsnMistake(value) : 'cannot be that: give a connection string';
      if (message !== null) context.addIssue({ code: 'custom', message });
    })
    .meta({
      type: 'string',
      description:
        'a connection string without a password: postgresql://user@host/dbname or "host=… dbname=…"',
    });
}

/** What is wrong with a connection string; it is never repeated, since a password may stand in it. */
function dsnMistake(dsn: string): string | null {
  try {
    const parameters = parseDsn(dsn);
    return SECRETS.some((name) => parameters.has(name)) ? `holds a password, which ${NO_SECRETS}` : null;
  } catch (error) {
    if (!(error instanceof ExportError)) throw error;
    return `is wrong: ${error.message}: ${error.hint}`;
  }
}

/** A connection string beside parameters, of which either could be meant to win. */
export function connectionMistakes(connection: unknown): Mistake[] {
  if (!isMapping(connection) || connection.dsn === undefined || Object.keys(connection).length === 1)
    return [];
  const message = 'stands for the whole connection: write the other parameters into it, or leave it out';
  return [{ path: ['connection', 'dsn'], message }];
}

/**
 * The connection of a run: what the command line says wins over the configuration, that over PG* variables. `--dsn` and
 * `--service` stand for a whole connection, and so replace the configuration's.
 */
export function mergedConnection(
  configured: Readonly<Record<string, string>>,
  given: ConnectionOptions,
): ConnectionOptions {
  if (given.dsn !== undefined || given.service !== undefined) return given;
  const { dsn, ...parameters } = configured;
  const pairs = Object.entries(parameters).map(
    ([name, value]) => `${name}='${value.replace(/['\\]/g, '\\$&')}'`,
  );
  const written = dsn ?? (pairs.length === 0 ? undefined : pairs.join(' '));
  return { ...given, dsn: written };
}
