/**
 * The demo: a real Postgres server with a sample in the shape of the tables that ddpp was made for, exported by the
 * real command, and the files read back by DuckDB, which shares no code with ddpp. Run it with `npm run demo`.
 *
 * With `--serve` it exports nothing: the server stays, for the reader's own trials, until Ctrl-C.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../tools/postgres-server.ts';
import { describeFile } from './describe-file.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = join(root, 'demo', 'output');
const command = join(root, 'bin', 'fast-export.js');

/** What is exported: a table, its file, and the options worth showing. */
const exports = [
  { table: 'public.obs_sbn', file: 'obs_sbn.parquet', options: [] },
  { table: 'public.mpc_orbits', file: 'mpc_orbits.parquet', options: ['--compression-level', '3'] },
  { table: 'ppdb."DiaSource"', file: 'DiaSource.parquet', options: [] },
  {
    table: 'ppdb."DiaForcedSource"',
    file: 'DiaForcedSource.parquet',
    options: ['--row-group-size', '50000'],
  },
];

let server: PostgresServer | undefined;
let running: ChildProcess | undefined;
let interrupted = false;

async function demo(): Promise<void> {
  heading('Starting a Postgres server');
  server = await startPostgres();
  const client = new pg.Client({ connectionString: server.dsn });
  // A connection that breaks is reported by the query that was using it.
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query<{ version: string }>(
    `SELECT current_setting('server_version') AS version`,
  );
  console.log(`PostgreSQL ${rows[0]!.version} on ${server.host}:${server.port}, for this demo only`);

  heading('Filling it from demo/sample.sql');
  await client.query(readFileSync(join(root, 'demo', 'sample.sql'), 'utf8'));
  const counts = new Map<string, number>();
  for (const { table } of exports) {
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
    counts.set(table, Number(rows[0]!.count));
    console.log(`${table}: ${counts.get(table)!.toLocaleString('en')} rows`);
  }

  if (process.argv.includes('--serve')) {
    await client.end();
    return serve(server);
  }

  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  for (const { table, file, options } of exports) {
    heading(`Exporting ${table}`);
    await fastExport(server, [
      '--sql',
      `SELECT * FROM ${table}`,
      '--out',
      relative(root, join(output, file)),
      ...options,
    ]);
  }

  for (const { table, file } of exports) {
    heading(`${relative(process.cwd(), join(output, file))}, as DuckDB reads it`);
    const { rowCount, text } = await describeFile(join(output, file));
    console.log(text);
    if (rowCount !== counts.get(table)) {
      throw new Error(`${file} has ${rowCount} rows, but ${table} has ${counts.get(table)}`);
    }
    console.log(`\nThe number of rows is the same as in Postgres: ${rowCount.toLocaleString('en')}`);
  }
  await client.end();

  heading('Done');
  console.log(`The files are in ${output}`);
  const file = relative(process.cwd(), join(output, 'obs_sbn.parquet'));
  console.log('Read one, for example, in a Python that has PyArrow:');
  console.log(`python3 -c "import pyarrow.parquet as pq; print(pq.read_table('${file}'))"`);
}

/** Says how to reach the server, and waits for the signal that ends the demo. */
async function serve({ host, port, user, password, database }: PostgresServer): Promise<void> {
  heading('The server runs until Ctrl-C');
  console.log('In another terminal, fast-export and psql find it with these variables:\n');
  console.log(
    `export PGHOST=${host} PGPORT=${port} PGUSER=${user} PGPASSWORD=${password} PGDATABASE=${database}`,
  );
  await new Promise(() => setInterval(() => {}, 2 ** 30));
}

/** Runs the real command as a user would, with its progress on this terminal. */
async function fastExport(
  { host, port, user, database, password }: PostgresServer,
  args: string[],
): Promise<void> {
  const all = ['--host', host, '--port', String(port), '--user', user, '--dbname', database, ...args];
  console.log(`$ fast-export ${all.map(shellQuoted).join(' ')}`);
  running = spawn(process.execPath, ['--', command, ...all], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...withoutPostgresVariables(process.env), PGPASSWORD: password },
  });
  const [status, signal] = await once(running, 'exit');
  running = undefined;
  if (status !== 0) throw new Error(`fast-export ended with ${signal ?? `exit status ${status}`}`);
}

function withoutPostgresVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PG')));
}

function shellQuoted(argument: string): string {
  return /^[\w./:=-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

function heading(text: string): void {
  console.log(`\n${text}\n${'-'.repeat(text.length)}`);
}

/**
 * Ends the demo. On Ctrl-C the command gets the signal from the terminal as well, and cleans up by itself; otherwise it
 * does so when its server goes away.
 */
async function interrupt(status: number): Promise<void> {
  interrupted = true;
  const exited = running && once(running, 'exit');
  await server?.stop('immediate');
  await exited;
  process.exit(status);
}

process.once('SIGINT', () => interrupt(130));
process.once('SIGTERM', () => interrupt(143));
process.once('SIGHUP', () => interrupt(129));

try {
  await demo();
} catch (error) {
  // An interruption makes the step under way fail, too: that is not worth a message.
  if (!interrupted) console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await server?.stop();
}
