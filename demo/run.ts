/**
 * The demo: a real Postgres server with a sample in the shape of the tables that ddpp was made for, exported by the
 * real command, and the files read back by DuckDB, which shares no code with ddpp. Run it with `npm run demo`.
 *
 * With `--serve` it exports nothing: the server stays, for the reader's own trials, until Ctrl-C.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../tools/postgres-server.ts';
import { FastExport, root } from './command.ts';
import { describeFile } from './describe-file.ts';
import { demonstrateProducts } from './product.ts';
import { formatCount, heading } from './terminal.ts';

const output = join(root, 'demo', 'output');

/** The tables of the sample; the first one is exported alone. */
const TABLES = ['public.obs_sbn', 'public.mpc_orbits', 'ppdb."DiaSource"', 'ppdb."DiaForcedSource"'];

let server: PostgresServer | undefined;
let fastExport: FastExport | undefined;
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
  for (const table of TABLES) console.log(`${table}: ${formatCount(await rowsOf(client, table))} rows`);

  if (process.argv.includes('--serve')) {
    await client.end();
    return serve(server);
  }

  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  fastExport = new FastExport(server);
  await exportOne(fastExport, client);
  await demonstrateProducts(fastExport, client);
  await client.end();

  heading('Done');
  console.log(`The files are in ${output}`);
  const file = relative(process.cwd(), join(output, 'obs_sbn.parquet'));
  console.log('Read one, for example, in a Python that has PyArrow:');
  console.log(`python3 -c "import pyarrow.parquet as pq; print(pq.read_table('${file}'))"`);
}

/** Exports a single table, and shows what DuckDB reads. */
async function exportOne(command: FastExport, client: pg.Client): Promise<void> {
  const [table] = TABLES;
  const file = join(output, 'obs_sbn.parquet');
  heading(`Exporting ${table}`);
  await command.run(['--table', table!, '--out', relative(root, file)]);
  heading(`${relative(process.cwd(), file)}, as DuckDB reads it`);
  const { rowCount, text } = await describeFile(file);
  console.log(text);
  const expected = await rowsOf(client, table!);
  if (rowCount !== expected) throw new Error(`${file} has ${rowCount} rows, but ${table} has ${expected}`);
  console.log(`\nThe number of rows is the same as in Postgres: ${formatCount(rowCount)}`);
}

async function rowsOf(client: pg.Client, table: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
  return Number(rows[0]!.count);
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

/**
 * Ends the demo. On Ctrl-C the command gets the signal from the terminal as well, and cleans up by itself; otherwise it
 * does so when its server goes away.
 */
async function interrupt(status: number): Promise<void> {
  interrupted = true;
  const exited = fastExport?.ended();
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
