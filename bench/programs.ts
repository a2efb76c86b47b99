/** The programs that are compared: ours and its peers, each run in a process of its own. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SCHEMA } from './tables.ts';

export interface Program {
  readonly name: string;
  /** What it is, for the reader of the results. */
  readonly about: string;
  /** Whether it writes a Parquet file. */
  readonly writes: boolean;
  /** The command line that exports a table to a file. */
  command(dsn: string, table: string, out: string): readonly string[];
  /** Python packages that it needs, by the names that they are imported by. */
  readonly imports?: readonly string[];
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** All programs; `python` runs those that are Python. */
export function programs(python: string): readonly Program[] {
  const script = (file: string) => (dsn: string, table: string, out: string) =>
    [python, here(`./peers/${file}.py`), dsn, SCHEMA, table, out] as const;
  const ours = (args: readonly string[]) => (dsn: string, table: string, out: string) => [
    process.execPath,
    here('../bin/fast-export.js'),
    ...['--dsn', dsn, '--table', `${SCHEMA}.${table}`, '--out', out, '--quiet', ...args],
  ];
  return [
    { name: 'fast-export', about: 'this program, as it is by default', writes: true, command: ours([]) },
    { name: 'one job', about: 'this program with `--jobs 1`', writes: true, command: ours(['--jobs', '1']) },
    {
      name: 'psql drain',
      about: 'binary COPY read by psql and thrown away: what one connection costs at least',
      writes: false,
      command: (dsn, table) => ['psql', dsn, '-Xqc', `COPY ${SCHEMA}.${table} TO STDOUT (FORMAT binary)`],
    },
    {
      name: 'duckdb',
      about: "DuckDB's Postgres scanner and Parquet writer",
      writes: true,
      command: script('duckdb_scan'),
      imports: ['duckdb', 'duckdb_extension_postgres_scanner'],
    },
    {
      name: 'adbc',
      about: "ADBC's Postgres driver, PyArrow's Parquet writer",
      writes: true,
      command: script('adbc_pyarrow'),
      imports: ['adbc_driver_postgresql.dbapi', 'pyarrow.parquet'],
    },
    {
      name: 'connectorx',
      about: "connector-x, PyArrow's Parquet writer",
      writes: true,
      command: script('connectorx_pyarrow'),
      imports: ['connectorx', 'pyarrow.parquet'],
    },
    {
      name: 'two-stage csv',
      about: "COPY to a CSV file, then PyArrow's CSV reader and Parquet writer",
      writes: true,
      command: script('csv_pyarrow'),
      imports: ['psycopg', 'pyarrow.csv', 'pyarrow.parquet'],
    },
  ];
}

/** Why a program cannot run here; null if it can. */
export function missing(program: Program, python: string): string | null {
  const [command] = program.command('', '', '') as [string];
  if (program.imports === undefined) {
    const found = existsSync(command) || spawnSync(command, ['--version']).status === 0;
    return found ? null : `${command} is not in the PATH`;
  }
  const absent = program.imports.filter(
    (name) => spawnSync(python, ['-c', `import ${name}`], { stdio: 'ignore' }).status !== 0,
  );
  return absent.length === 0 ? null : `${python} has no ${absent.join(' and no ')}`;
}
