/** Connection settings as the user gave them on the command line or in code; each is optional. */
export interface ConnectionOptions {
  /** A libpq connection string: `postgresql://…` or `host=… dbname=…`. The settings below win over it. */
  readonly dsn?: string;
  /** Host name, IP address or the directory of a Unix socket; several separated by commas. */
  readonly host?: string;
  readonly port?: number;
  readonly dbname?: string;
  readonly user?: string;
  readonly password?: string;
  /** Name of a section of the connection service file. */
  readonly service?: string;
}

/** One server to try. */
export interface ConnectionHost {
  /** Host name, IP address or directory of a Unix socket, as the user wrote it; '' where only `hostaddr` is known. */
  readonly host: string;
  /** The IP address to connect to, so that `host` is not looked up; null to look it up. */
  readonly hostaddr: string | null;
  readonly port: number;
  /** The password for this host; null where none is known. */
  readonly password: string | null;
}

export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
export type TargetSessionAttrs =
  | 'any'
  | 'read-write'
  | 'read-only'
  | 'primary'
  | 'standby'
  | 'prefer-standby';

/** Everything needed to connect, resolved; plain data that structured clone carries to worker threads. */
export interface Conninfo {
  /** The servers to try, in this order. At least one. */
  readonly hosts: readonly ConnectionHost[];
  readonly dbname: string;
  readonly user: string;
  /** Command-line options for the server process (libpq's `options`, `PGOPTIONS`); '' for none. */
  readonly options: string;
  /** Shown in `pg_stat_activity`; default `fast-export`. */
  readonly applicationName: string;
  /** Milliseconds until an attempt to connect to one address is given up; 0 for no limit. */
  readonly connectTimeoutMs: number;
  readonly targetSessionAttrs: TargetSessionAttrs;
  readonly sslmode: SslMode;
}

/**
 * Resolves where and how to connect as libpq does: the given options win over the DSN, the DSN over the service
 * file's section, that over `PG*` variables, those over libpq's defaults. `warn` receives one line for each file that
 * is ignored because others can read it. Throws an `ExportError` with code `usage` naming a wrong parameter.
 */
export declare function resolveConninfo(
  options: ConnectionOptions,
  env?: NodeJS.ProcessEnv,
  warn?: (line: string) => void,
): Conninfo;
