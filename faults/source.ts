import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../tools/postgres-server.ts';
import { serverUser, temporaryFolder } from '../tools/postgres-user.ts';
import { Comparer } from './comparer.ts';

/** How long a server may take to come back after it was stopped. */
const RECOVERY_LIMIT_MS = 60_000;

/** The columns that are exported; `moved` is the one by which rows are moved within their table. */
export const COLUMNS = 'id,name,ra,mag,flux,seen,band,note';

function createTable(rows: number): string {
  return `CREATE TABLE stars AS SELECT g::int8 AS id, md5(g::text) AS name, g * 360.0::float8 / ${rows} AS ra,
      (CASE WHEN g % 11 = 0 THEN NULL ELSE g % 25000 / 1000.0 END)::numeric(8, 3) AS mag,
      (CASE WHEN g % 7 = 0 THEN 'NaN' ELSE sqrt(g)::text END)::float4 AS flux,
      timestamptz '2026-01-01 00:00:00+00' + g * interval '1.000001 s' AS seen,
      substr('ugrizy', 1 + g % 6, 1) AS band,
      CASE g % 5 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE repeat('é"\n', g % 9) END AS note,
      0 AS moved
    FROM generate_series(1, ${rows}) g;
    ANALYZE stars; CHECKPOINT`;
}

/** A server of its own with one table, and what is right for an export of it. */
export class Source {
  readonly server: PostgresServer;
  readonly comparer: Comparer;
  readonly #folder: string;
  #client: pg.Client | null = null;

  private constructor(server: PostgresServer, comparer: Comparer, folder: string) {
    this.server = server;
    this.comparer = comparer;
    this.#folder = folder;
  }

  static async start(rows: number): Promise<Source> {
    const folder = mkdtempSync(join(temporaryFolder(serverUser()), 'ddpp-faults-'));
    chmodSync(folder, 0o755);
    const { cert, key } = certificate(folder);
    // What was committed is to be there after a server's crash.
    const durable = { synchronous_commit: true, max_wal_size: '128MB' };
    const settings = { ssl: true, ssl_cert_file: cert, ssl_key_file: key, ...durable };
    const server = await startPostgres({ settings });
    const client = new pg.Client({ connectionString: server.dsn });
    await client.connect();
    await client.query(createTable(rows));
    const reference = join(server.dataDir, 'reference.csv');
    await client.query(
      `COPY (SELECT id, name, ra, mag, flux, (extract(epoch FROM seen) * 1000000)::int8, band, note FROM stars)
       TO '${reference}' (FORMAT csv)`,
    );
    await client.end();
    return new Source(server, await Comparer.start(reference), folder);
  }

  /** Runs a statement of the program's own; waits for a server that is away. */
  async query<Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const deadline = performance.now() + RECOVERY_LIMIT_MS;
    for (;;) {
      try {
        const client = await this.#connected();
        return (await client.query(sql, [...values])).rows as Row[];
      } catch (error) {
        if (error instanceof pg.DatabaseError && !error.code?.startsWith('57P')) throw error;
        if (performance.now() > deadline) throw error;
        this.#client = null;
        await sleep(20);
      }
    }
  }

  /** Sessions of an application: what an export has open, or has left behind. */
  async sessions(application: string): Promise<number> {
    const [row] = await this.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = $1',
      [application],
    );
    return row!.n;
  }

  /** Process ids of an export's sessions: those that read rows, and the one that holds the snapshot. */
  async backends(application: string): Promise<{ readonly jobs: number[]; readonly coordinator: number[] }> {
    const rows = await this.query<{ pid: number; job: boolean }>(
      "SELECT pid, query LIKE 'COPY%' AS job FROM pg_stat_activity WHERE application_name = $1",
      [application],
    );
    const pids = (wanted: boolean) => rows.filter(({ job }) => job === wanted).map(({ pid }) => pid);
    return { jobs: pids(true), coordinator: pids(false) };
  }

  async stop(): Promise<void> {
    this.comparer.close();
    await this.#client?.end().catch(() => {});
    await this.server.stop('immediate');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #connected(): Promise<pg.Client> {
    if (this.#client !== null) return this.#client;
    const client = new pg.Client({ connectionString: this.server.dsn });
    client.on('error', () => {
      if (this.#client === client) this.#client = null;
    });
    await client.connect();
    this.#client = client;
    return client;
  }
}

/** A certificate that the server can read and clients do not verify. */
function certificate(folder: string): { cert: string; key: string } {
  const [cert, key] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  const subject = ['-subj', '/CN=localhost', '-days', '2'];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...newKey, '-keyout', key, '-out', cert, ...subject], {
    stdio: 'pipe',
  });
  chmodSync(key, 0o600);
  const { uid, gid } = serverUser();
  if (uid !== undefined) chownSync(key, uid, gid!);
  return { cert, key };
}
