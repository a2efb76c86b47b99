import { ExportError } from '../../errors.ts';

/**
 * libpq's connection parameters (version 18) and the environment variable behind each; null where there is none.
 * PostgreSQL documentation: "Parameter Key Words" and "Environment Variables" of libpq.
 */
export const ENVIRONMENT_VARIABLES: Readonly<Record<string, string | null>> = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  require_auth: 'PGREQUIREAUTH',
  channel_binding: 'PGCHANNELBINDING',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  client_encoding: 'PGCLIENTENCODING',
  options: 'PGOPTIONS',
  application_name: 'PGAPPNAME',
  fallback_application_name: null,
  keepalives: null,
  keepalives_idle: null,
  keepalives_interval: null,
  keepalives_count: null,
  tcp_user_timeout: null,
  replication: null,
  gssencmode: 'PGGSSENCMODE',
  sslmode: 'PGSSLMODE',
  sslnegotiation: 'PGSSLNEGOTIATION',
  sslcompression: 'PGSSLCOMPRESSION',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslkeylogfile: null,
  sslpassword: null,
  sslcertmode: 'PGSSLCERTMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcrl: 'PGSSLCRL',
  sslcrldir: 'PGSSLCRLDIR',
  sslsni: 'PGSSLSNI',
  requirepeer: 'PGREQUIREPEER',
  ssl_min_protocol_version: 'PGSSLMINPROTOCOLVERSION',
  ssl_max_protocol_version: 'PGSSLMAXPROTOCOLVERSION',
  min_protocol_version: 'PGMINPROTOCOLVERSION',
  max_protocol_version: 'PGMAXPROTOCOLVERSION',
  krbsrvname: 'PGKRBSRVNAME',
  gsslib: 'PGGSSLIB',
  gssdelegation: 'PGGSSDELEGATION',
  scram_client_key: null,
  scram_server_key: null,
  service: 'PGSERVICE',
  servicefile: 'PGSERVICEFILE',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  load_balance_hosts: 'PGLOADBALANCEHOSTS',
  oauth_issuer: null,
  oauth_client_id: null,
  oauth_client_secret: null,
  oauth_scope: null,
};

export function isParameter(keyword: string): boolean {
  return Object.hasOwn(ENVIRONMENT_VARIABLES, keyword);
}

/** An error of the command line or of the caller's options. */
export function usageError(message: string, hint: string, cause?: unknown): ExportError {
  return new ExportError('usage', message, { stage: 'options', hint, cause });
}

/**
 * The values of connection parameters, gathered from the strongest source to the weakest. As in libpq an empty value
 * hides those of weaker sources and then counts as not given, except where a parameter allows only certain words.
 */
export class ParameterSet {
  readonly #values = new Map<string, { readonly text: string; readonly source: string }>();

  /** Takes a value unless a stronger source has given one. `source` tells the user where it comes from. */
  add(keyword: string, text: string, source: string): void {
    if (text.includes('\0')) throw usageError(`${source} contains a NUL character`, 'remove the character');
    if (!this.#values.has(keyword)) this.#values.set(keyword, { text, source });
  }

  has(keyword: string): boolean {
    return this.#values.has(keyword);
  }

  /** The value; undefined where it is empty or not given. */
  get(keyword: string): string | undefined {
    return this.#values.get(keyword)?.text || undefined;
  }

  /** The value as an integer, as libpq reads it: decimal, blanks around it allowed. */
  integer(keyword: string, fallback: number): number {
    const value = this.#values.get(keyword);
    if (value === undefined) return fallback;
    if (!/^\s*[+-]?\d+\s*$/.test(value.text) || Math.abs(Number(value.text)) > 0x7fffffff) {
      throw this.invalid(keyword, 'an integer is expected');
    }
    return Number(value.text);
  }

  /** The value where it is one of the words that the parameter allows. */
  choice<Word extends string>(keyword: string, words: readonly Word[], fallback: Word): Word {
    const text = this.#values.get(keyword)?.text;
    if (text === undefined) return fallback;
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw this.invalid(keyword, `expected ${words.join(', ')}`);
    return word;
  }

  /** The error for a value that is not allowed: names the parameter, its value and where it was given. */
  invalid(keyword: string, reason: string): ExportError {
    const { text, source } = this.#values.get(keyword) ?? { text: '', source: keyword };
    return usageError(
      `invalid value "${text}" of connection parameter ${keyword}: ${reason}`,
      `correct ${source}`,
    );
  }

  /** The error for a value that libpq knows and this program cannot honour. */
  unsupported(keyword: string, reason: string): ExportError {
    const source = this.#values.get(keyword)?.source ?? keyword;
    return usageError(
      `connection parameter ${keyword} is not supported here: ${reason}`,
      `remove it from ${source}`,
    );
  }
}
