import { join } from 'node:path';
import { type AuthPolicy, resolveAuthPolicy } from './auth-policy.ts';
import { parseDsn } from './dsn.ts';
import { homeDirectory, systemUser } from './home.ts';
import { type HostAddress, isSocketDirectory, resolveHosts } from './hosts.ts';
import { type Keepalives, resolveKeepalives, silenceLimitMs } from './keepalives.ts';
import { ENVIRONMENT_VARIABLES, ParameterSet, usageError } from './parameters.ts';
import { findPassword, readPassfile } from './passfile.ts';
import { readService } from './service-file.ts';
import { resolveTlsSettings, type TlsSettings } from './tls-settings.ts';

const APPLICATION_NAME = 'fast-export';
/** Some three seconds in all, which a server may need to restart. */
const DEFAULT_CONNECT_RETRIES = 3;
const MAX_CONNECT_RETRIES = 100;
const TARGET_SESSION_ATTRS = [
  'any',
  'read-write',
  'read-only',
  'primary',
  'standby',
  'prefer-standby',
] as const;

/** Settings of the session that libpq takes from the environment and sends at startup, unless they say "default". */
const SESSION_VARIABLES = { PGDATESTYLE: 'datestyle', PGTZ: 'timezone', PGGEQO: 'geqo' } as const;

/** Connection settings as the user gave them on the command line or in code; each is optional. */
export interface ConnectionOptions {
  /** A libpq connection string: `postgresql://…` or `host=… dbname=…`. The settings below win over it. */
  readonly dsn?: string | undefined;
  /** Host name, IP address or the directory of a Unix socket; several separated by commas. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly dbname?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Name of a section of the connection service file. */
  readonly service?: string | undefined;
  /**
   * Seconds until an attempt to connect to one address is given up: libpq's `connect_timeout`, in which 1 counts as 2
   * and 0 as no limit; default no limit.
   */
  readonly connectTimeout?: number | undefined;
  /**
   * How often to try again, with growing pauses, when no server can be reached or serves yet, and when a connection is
   * lost in the middle of reading; from 0 to 100, default 3. A refused login is final.
   */
  readonly connectRetries?: number | undefined;
}

/** One server to try. */
export interface ConnectionHost extends HostAddress {
  /** The password for this host; null where none is known. */
  readonly password: string | null;
}

export type TargetSessionAttrs = (typeof TARGET_SESSION_ATTRS)[number];

/** Everything needed to connect, resolved; plain data that structured clone carries to worker threads. */
export interface Conninfo {
  /** The servers to try, in this order. At least one. */
  readonly hosts: readonly ConnectionHost[];
  /** Whether to try the hosts, and the addresses of each, in random order (`load_balance_hosts=random`). */
  readonly loadBalance: boolean;
  readonly targetSessionAttrs: TargetSessionAttrs;
  readonly dbname: string;
  readonly user: string;
  /** Shown in `pg_stat_activity`; default `fast-export`. */
  readonly applicationName: string;
  /** Command-line options for the server process (libpq's `options`, `PGOPTIONS`); '' for none. */
  readonly options: string;
  /** Further settings sent at startup, from `PGDATESTYLE`, `PGTZ` and `PGGEQO`. */
  readonly sessionSettings: Readonly<Record<string, string>>;
  /** Milliseconds until an attempt to connect to one address is given up; 0 for no limit. */
  readonly connectTimeoutMs: number;
  /** How often to try all hosts again where none could be reached or serves yet. */
  readonly connectRetries: number;
  readonly keepalives: Keepalives;
  /**
   * Milliseconds after which a server that leaves a question unanswered counts as lost; 0 for no limit. Node.js cannot
   * set TCP_USER_TIMEOUT, so `tcp_user_timeout` becomes this; without it, it is what TCP's keepalives take to give up.
   */
  readonly silenceLimitMs: number;
  readonly tls: TlsSettings;
  readonly auth: AuthPolicy;
}

/**
 * Resolves where and how to connect as libpq does: the given options win over the DSN, the DSN over the service
 * file's section, that over `PG*` variables, those over libpq's defaults. `warn` receives one line for each file that
 * is ignored or missing; by default it becomes a warning of the process. Throws an `ExportError` with code `usage`
 * that names the wrong parameter.
 */
export function resolveConninfo(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv = process.env,
  warn: (line: string) => void = (line) => process.emitWarning(line),
): Conninfo {
  const parameters = gatherParameters(options, env);
  refuseUnsupported(parameters);
  const user = parameters.get('user') ?? systemUser();
  if (user === undefined) {
    throw usageError(
      'the operating system has no name for the current user',
      'give the user name to log in with',
    );
  }
  const dbname = parameters.get('dbname') ?? user;
  const hosts = resolveHosts(parameters);
  const keepalives = resolveKeepalives(parameters);
  refusePeerCheck(parameters, hosts);
  return {
    hosts: withPasswords(hosts, dbname, user, parameters, env, warn),
    loadBalance: parameters.choice('load_balance_hosts', ['disable', 'random'], 'disable') === 'random',
    targetSessionAttrs: parameters.choice('target_session_attrs', TARGET_SESSION_ATTRS, 'any'),
    dbname,
    user,
    applicationName:
      parameters.get('application_name') ?? parameters.get('fallback_application_name') ?? APPLICATION_NAME,
    options: parameters.get('options') ?? '',
    sessionSettings: sessionSettings(env),
    connectTimeoutMs: connectTimeoutMs(parameters),
    connectRetries: connectRetries(options),
    keepalives,
    silenceLimitMs: silenceLimitMs(parameters, keepalives),
    tls: resolveTlsSettings(parameters, env, warn),
    auth: resolveAuthPolicy(parameters),
  };
}

/** Collects the parameters from the strongest source to the weakest. */
function gatherParameters(options: ConnectionOptions, env: NodeJS.ProcessEnv): ParameterSet {
  const parameters = new ParameterSet();
  const { dsn, port, connectTimeout, connectRetries: _, ...texts } = options;
  const numbers = { port: port?.toString(), connect_timeout: connectTimeout?.toString() };
  for (const [keyword, text] of Object.entries({ ...texts, ...numbers })) {
    // psql's flags do the same: an empty one is as good as none.
    if (text !== undefined && text !== '') parameters.add(keyword, text, `option ${keyword}`);
  }
  if (dsn !== undefined) {
    for (const [keyword, text] of parseDsn(dsn)) {
      parameters.add(keyword, text, `${keyword} in the connection string`);
    }
  }
  const service = parameters.get('service') ?? env.PGSERVICE;
  if (service) {
    const servicefile = parameters.get('servicefile') ?? env.PGSERVICEFILE;
    for (const [keyword, text] of readService(service, { servicefile, env })) {
      parameters.add(keyword, text, `${keyword} of service "${service}"`);
    }
  }
  for (const [keyword, variable] of Object.entries(ENVIRONMENT_VARIABLES)) {
    const text = variable === null ? undefined : env[variable];
    if (variable !== null && text !== undefined) parameters.add(keyword, text, `variable ${variable}`);
  }
  if (env.PGREQUIRESSL?.startsWith('1')) parameters.add('sslmode', 'require', 'variable PGREQUIRESSL');
  return parameters;
}

/** Refuses what libpq can and this program cannot do, where leaving it out would change what the user asked for. */
function refuseUnsupported(parameters: ParameterSet): void {
  if (parameters.choice('gssencmode', ['disable', 'prefer', 'require'], 'prefer') === 'require') {
    throw parameters.unsupported('gssencmode', 'connections are not encrypted by GSSAPI');
  }
  if (parameters.choice('min_protocol_version', ['3.0', '3.2', 'latest'], '3.0') !== '3.0') {
    throw parameters.unsupported('min_protocol_version', 'version 3.0 of the protocol is spoken');
  }
  parameters.choice('max_protocol_version', ['3.0', '3.2', 'latest'], '3.0');
  const replication = parameters.get('replication');
  if (replication !== undefined && !['false', 'off', 'no', '0'].includes(replication.toLowerCase())) {
    throw parameters.unsupported('replication', 'a query cannot be exported over a replication connection');
  }
  for (const keyword of ['scram_client_key', 'scram_server_key']) {
    if (parameters.get(keyword) !== undefined) {
      throw parameters.unsupported(keyword, 'give a password instead of the SCRAM keys');
    }
  }
  for (const keyword of ['oauth_issuer', 'oauth_client_id', 'oauth_client_secret', 'oauth_scope']) {
    if (parameters.get(keyword) !== undefined)
      throw parameters.unsupported(keyword, 'there is no login by OAuth');
  }
}

function refusePeerCheck(parameters: ParameterSet, hosts: readonly HostAddress[]): void {
  const local = hosts.some((host) => host.hostaddr === null && isSocketDirectory(host.host));
  if (local && parameters.get('requirepeer') !== undefined) {
    throw parameters.unsupported('requirepeer', 'the owner of a Unix socket cannot be seen from Node.js');
  }
}

function withPasswords(
  hosts: readonly HostAddress[],
  dbname: string,
  user: string,
  parameters: ParameterSet,
  env: NodeJS.ProcessEnv,
  warn: (line: string) => void,
): ConnectionHost[] {
  const password = parameters.get('password');
  if (password !== undefined) return hosts.map((host) => ({ ...host, password }));
  const home = homeDirectory(env);
  const passfile = parameters.get('passfile') ?? (home === undefined ? undefined : join(home, '.pgpass'));
  const lines = passfile === undefined ? [] : readPassfile(passfile, warn);
  return hosts.map((host) => {
    const key = { host: host.host || (host.hostaddr ?? ''), port: host.port, dbname, user };
    return { ...host, password: findPassword(lines, key) };
  });
}

function sessionSettings(env: NodeJS.ProcessEnv): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [variable, name] of Object.entries(SESSION_VARIABLES)) {
    const value = env[variable];
    if (value && value.toLowerCase() !== 'default') settings[name] = value;
  }
  return settings;
}

function connectRetries({ connectRetries: retries = DEFAULT_CONNECT_RETRIES }: ConnectionOptions): number {
  if (Number.isInteger(retries) && retries >= 0 && retries <= MAX_CONNECT_RETRIES) return retries;
  throw usageError(`connectRetries is ${retries}`, `give a whole number from 0 to ${MAX_CONNECT_RETRIES}`);
}

/** `connect_timeout` is in seconds; libpq takes 1 as 2 and anything below as no limit. */
function connectTimeoutMs(parameters: ParameterSet): number {
  const seconds = parameters.integer('connect_timeout', 0);
  return seconds <= 0 ? 0 : Math.max(2, seconds) * 1000;
}
