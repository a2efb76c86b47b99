import type { EncodingChoice } from '../export/options.ts';
import { MAX_JOBS, MIN_MAX_MEMORY } from '../export/settings.ts';
import { type Compression, codecs } from '../parquet/compression/compress.ts';
import { columnNames, tableName } from './names.ts';
import { LOG_FORMATS } from './reporter.ts';
import { byteSize, columnType, date, integer, nonBlank, oneOf, outputPath, type Parser } from './values.ts';

/** One option of the command line: everything about it, help included. */
export interface OptionSpec<T> {
  /** As the help shows it: `--name <value>`, or `--name` for a switch. */
  readonly flags: string;
  /** A short form of the flag: `-j`. */
  readonly short?: string;
  readonly group: (typeof GROUPS)[number];
  readonly help: string;
  /** For options with a value. */
  readonly parse?: Parser<T>;
  /** For options that may be given more than once: the value of two; throws `WrongValue`. */
  merge?(earlier: T, later: T): T;
  readonly required?: true;
  /** What an absent option amounts to, where that is one value. */
  readonly default?: T;
  /** The default in words; needed where `default` is not given as the user would write it. */
  readonly defaultText?: string;
  /** The environment variable that counts where the option is absent; read by the connection, not here. */
  readonly env?: string;
  /** Its value is never shown. */
  readonly secret?: true;
}

export const GROUPS = [
  'Query and output',
  'Products',
  'Connection',
  'Columns and types',
  'Transport',
  'Parquet',
  'Reporting',
] as const;

const MAX_ROWS = 2 ** 31 - 1;

const { zstd, gzip } = codecs;

/** All options, in the order of the help. Keys are the flags' names in camel case. */
export const OPTIONS = {
  sql: option({
    flags: '--sql <query>',
    group: 'Query and output',
    help: 'one query: SELECT, VALUES, TABLE or WITH; it only reads',
    parse: nonBlank('a query such as "select * from obs_sbn"'),
  }),
  sqlFile: option({
    flags: '--sql-file <file>',
    group: 'Query and output',
    help: 'a file with the query instead, in UTF-8; - for standard input',
    parse: nonBlank('the path of a file, or - for standard input'),
  }),
  table: option({
    flags: '--table <schema.table>',
    group: 'Query and output',
    help: 'a table or view instead of a query, named exactly as in the database: public.obs_sbn',
    parse: tableName,
  }),
  columns: option({
    flags: '--columns <names>',
    group: 'Query and output',
    help: 'its columns to export, separated by commas, named exactly as in the database',
    parse: columnNames,
    defaultText: 'all of them',
  }),
  out: option({
    flags: '--out <file>',
    group: 'Query and output',
    help: 'the Parquet file; it appears when it is complete. A FIFO or device is written directly; - is standard output',
    parse: outputPath,
    required: true,
  }),
  verify: option<boolean>({
    flags: '--verify',
    group: 'Query and output',
    help: 'read the finished file back, every page, and compare it with what was read from the server',
  }),
  config: option({
    flags: '--config <file>',
    group: 'Products',
    help: 'instead of one query, all tables of a product, or a list of queries: a YAML or JSON file; see docs/products.md',
    parse: nonBlank('the path of a configuration such as exports.yaml'),
  }),
  checkConfig: option<boolean>({
    flags: '--check-config',
    group: 'Products',
    help: 'only check the configuration, without a server, and exit',
  }),
  date: option({
    flags: '--date <day>',
    group: 'Products',
    help: "the product's day, YYYY-MM-DD, not before that of the latest one; it only names it",
    parse: date,
    defaultText: 'today, in UTC',
  }),
  overwrite: option<boolean>({
    flags: '--overwrite',
    group: 'Products',
    help: 'replace the latest product, if it is of that day',
  }),
  keepFailed: option<boolean>({
    flags: '--keep-failed',
    group: 'Products',
    help: 'keep what a failed run has written',
  }),
  host: option({
    flags: '--host <host>',
    group: 'Connection',
    help: "the server's name or address, or the directory of its Unix socket",
    parse: String,
    defaultText: 'the local Unix socket, else localhost',
    env: 'PGHOST',
  }),
  port: option({
    flags: '--port <port>',
    group: 'Connection',
    help: "the server's port",
    parse: integer(1, 65535),
    defaultText: '5432',
    env: 'PGPORT',
  }),
  dbname: option({
    flags: '--dbname <name>',
    group: 'Connection',
    help: 'the database',
    parse: String,
    defaultText: 'the user',
    env: 'PGDATABASE',
  }),
  user: option({
    flags: '--user <name>',
    group: 'Connection',
    help: 'the role to log in as',
    parse: String,
    defaultText: 'your name in the operating system',
    env: 'PGUSER',
  }),
  password: option({
    flags: '--password <password>',
    group: 'Connection',
    help: 'its password; others may see it in the process list while the program starts: better kept in ~/.pgpass',
    parse: String,
    defaultText: 'from ~/.pgpass',
    env: 'PGPASSWORD',
    secret: true,
  }),
  service: option({
    flags: '--service <name>',
    group: 'Connection',
    help: 'a section of the connection service file ~/.pg_service.conf',
    parse: String,
    env: 'PGSERVICE',
  }),
  dsn: option({
    flags: '--dsn <string>',
    group: 'Connection',
    help: 'all of these in one: postgresql://user@host:port/dbname or "host=… dbname=…"; the options above win over it',
    parse: nonBlank('a connection string such as postgresql://user@host/dbname'),
    secret: true,
  }),
  connectTimeout: option({
    flags: '--connect-timeout <seconds>',
    group: 'Connection',
    help: 'how long to wait for each address; 0 for as long as the system does',
    parse: integer(0, 86_400),
    defaultText: '0',
    env: 'PGCONNECT_TIMEOUT',
  }),
  connectRetries: option({
    flags: '--connect-retries <count>',
    group: 'Connection',
    help: 'how often to try again, with growing pauses, when no server can be reached or serves yet, and when the connection of a slice is lost',
    parse: integer(0, 100),
    defaultText: '3',
  }),
  envFile: option({
    flags: '--env-file <file>',
    group: 'Connection',
    help: 'a .env file whose PG* variables count where the environment does not set them; others are ignored',
    parse: nonBlank('the path of a file such as .env'),
  }),
  columnType: option({
    flags: '--column-type <name=type>',
    group: 'Columns and types',
    help: 'the Arrow type of one column: ra=float64, id=int32, t=string, a=int32[][]; may be given for each column',
    parse: columnType.parse,
    merge: columnType.merge,
  }),
  numeric: option({
    flags: '--numeric <type>',
    group: 'Columns and types',
    help: 'what numeric without precision becomes: auto or string (its exact text), float64, decimal128(p,s)',
    parse: nonBlank('auto, string, float64 or decimal128(p,s)'),
    defaultText: 'auto',
  }),
  onUnrepresentable: option({
    flags: '--on-unrepresentable <what>',
    group: 'Columns and types',
    help: 'what becomes of a value that its Arrow type cannot hold: an error, or null, which is counted',
    parse: oneOf(['error', 'null']),
    defaultText: 'error',
  }),
  duplicateColumns: option({
    flags: '--duplicate-columns <what>',
    group: 'Columns and types',
    help: 'what becomes of columns whose names differ at most in case: an error, or rename (a, a_1)',
    parse: oneOf(['error', 'rename']),
    defaultText: 'error',
  }),
  jobs: option({
    flags: '--jobs <count>',
    short: '-j',
    group: 'Transport',
    help: 'connections to read over at most; a query that cannot be read in slices is read over one, as with --jobs 1 in its own order',
    parse: integer(1, MAX_JOBS),
    defaultText: "the process's cores, at most 4",
  }),
  maxMemory: option({
    flags: '--max-memory <size>',
    group: 'Transport',
    help: 'memory that the process may take: 512MiB, 2GiB; a row group also ends when its share is full',
    parse: byteSize(MIN_MAX_MEMORY, Number.MAX_SAFE_INTEGER),
    default: 512 * 2 ** 20,
    defaultText: '512MiB',
  }),
  transport: option({
    flags: '--transport <format>',
    group: 'Transport',
    help: 'how the rows travel: binary, the faster one, or csv; the file is the same',
    parse: oneOf(['binary', 'csv']),
    defaultText: 'binary',
  }),
  keepTemp: option<boolean>({
    flags: '--keep-temp',
    group: 'Transport',
    help: 'keep the rows as they come in a CSV file and print its path at the end; implies --transport csv',
  }),
  tempDir: option({
    flags: '--temp-dir <directory>',
    group: 'Transport',
    help: 'where --keep-temp puts the CSV file',
    parse: nonBlank('the path of a directory'),
    defaultText: "the system's directory for temporary files",
  }),
  blockSize: option({
    flags: '--block-size <size>',
    group: 'Transport',
    help: 'received but undecoded bytes that are held at most: 64MiB, 67MB, 67108864; from 64KiB to 1GiB',
    parse: byteSize(64 * 2 ** 10, 2 ** 30),
    default: 64 * 2 ** 20,
    defaultText: '64MiB',
  }),
  rowGroupSize: option({
    flags: '--row-group-size <rows>',
    group: 'Parquet',
    help: 'rows per row group',
    parse: integer(1, MAX_ROWS),
    default: 1_000_000,
  }),
  encoding: option<EncodingChoice>({
    flags: '--encoding <choice>',
    group: 'Parquet',
    help: 'compatible: PLAIN and dictionaries; compact: also DELTA and BYTE_STREAM_SPLIT, smaller, for newer readers',
    parse: oneOf(['compatible', 'compact']),
    default: 'compatible',
  }),
  bloomFilter: option({
    flags: '--bloom-filter <columns>',
    group: 'Parquet',
    help: 'columns that get bloom filters, for quick searches of single values; separated by commas',
    parse: columnNames,
    defaultText: 'none',
  }),
  compression: option<Compression>({
    flags: '--compression <codec>',
    group: 'Parquet',
    help: 'zstd, snappy, gzip, lz4_raw or uncompressed',
    parse: oneOf(Object.keys(codecs) as Compression[]),
    default: 'zstd',
  }),
  compressionLevel: option({
    flags: '--compression-level <level>',
    group: 'Parquet',
    help: `zstd: ${zstd.minLevel} to ${zstd.maxLevel}; gzip: ${gzip.minLevel} to ${gzip.maxLevel}`,
    parse: integer(zstd.minLevel, zstd.maxLevel),
    defaultText: `${zstd.defaultLevel} for zstd, ${gzip.defaultLevel} for gzip`,
  }),
  quiet: option<boolean>({
    flags: '--quiet',
    group: 'Reporting',
    help: 'print no progress and no summary; only warnings and errors',
  }),
  verbose: option<boolean>({
    flags: '--verbose',
    group: 'Reporting',
    help: 'print each step, and the stack trace of an error',
  }),
  logFormat: option({
    flags: '--log-format <format>',
    group: 'Reporting',
    help: 'how to report: text, or json, an object on each line for log collectors',
    parse: oneOf(LOG_FORMATS),
    defaultText: 'text',
  }),
  version: option<boolean>({ flags: '--version', group: 'Reporting', help: 'print the version and exit' }),
  help: option<boolean>({ flags: '--help', group: 'Reporting', help: 'print this help and exit' }),
};

export type OptionName = keyof typeof OPTIONS;

type AnyValues = {
  readonly [Name in OptionName]?: (typeof OPTIONS)[Name] extends OptionSpec<infer T> ? T : never;
};

/** For one export: the values of the options that were given, are required or have a default. */
export type OptionValues = AnyValues & { readonly out: string };

/** For a run of a configuration: the values of the options that were given. */
export type ProductValues = AnyValues & { readonly config: string };

function option<T>(spec: OptionSpec<T>): OptionSpec<T> {
  return spec;
}

/** The long flag of an option, without its value: `--row-group-size`. */
export function flagOf(name: OptionName): string {
  return OPTIONS[name].flags.split(' ')[0]!;
}

/** What the help and the documentation say about an option's default: `1000000`, `5432`; null for none. */
export function defaultOf(name: OptionName): string | null {
  const spec: OptionSpec<unknown> = OPTIONS[name];
  return spec.defaultText ?? (spec.default === undefined ? null : String(spec.default));
}
