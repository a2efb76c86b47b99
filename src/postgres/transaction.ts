import { ExportError } from '../errors.ts';
import type { Session } from './session.ts';

/**
 * Settings that decide how values become text, pinned for the transaction so that a file never depends on the server's
 * or the role's configuration. SET LOCAL, because a pooler in transaction mode would hand SET on to the next client.
 */
const PINS = {
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  extra_float_digits: '3',
  bytea_output: 'hex',
  lc_monetary: 'C',
} as const;

/**
 * A database without an encoding sends what is stored in it as it is: asked for UTF8 it would fail at the first byte that
 * is none, and say neither in which row nor in which column.
 */
const CLIENT_ENCODING = `SELECT pg_catalog.set_config('client_encoding',
  CASE pg_catalog.current_setting('server_encoding') WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END, true)`;

/** Limits that would end a long export in the middle; lifted, as pg_dump does, unless the user's connection options set them. */
const TIMEOUTS = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'transaction_timeout',
];

/** The rows of a table come in the same order each time, wherever other scans of it are. */
const SAME_ORDER = 'SET LOCAL synchronize_seqscans = off';

const PREPARE = [
  SAME_ORDER,
  ...Object.entries(PINS).map(([name, value]) => `SET LOCAL ${name} = '${value}'`),
  CLIENT_ENCODING,
  `SELECT pg_catalog.set_config(name, '0', true) FROM pg_catalog.pg_settings
   WHERE name IN (${TIMEOUTS.map((name) => `'${name}'`).join(', ')}) AND source <> 'client'`,
].join('; ');

const SERIAL = 'SET LOCAL max_parallel_workers_per_gather = 0';

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** An exported snapshot. */
export interface Snapshot {
  readonly name: string;
  /** What is the same only on the same server, since its start, in the same snapshot. */
  readonly identity: string;
}

/** What a further connection needs to see what the first one sees. Plain data. */
export interface SharedSnapshot extends Snapshot {
  /** The query whose tables are to be locked, as the first connection has them locked. */
  readonly query: string;
}

/** Another server, behind a load balancer, may have a snapshot of the same name: names are small numbers. */
const IDENTITY = `SELECT pg_catalog.concat(pg_catalog.pg_postmaster_start_time(), ' ', pg_catalog.pg_current_snapshot()) AS identity`;

/** Opens the transaction of an export and exports its snapshot. It stays open until the end. */
export async function beginExport(session: Session): Promise<Snapshot> {
  await session.execute(`${BEGIN}; ${PREPARE}`);
  const [row] = await session.query<Snapshot>(`${IDENTITY}, pg_catalog.pg_export_snapshot() AS name`);
  return row!;
}

/** Ends the transaction, which has only read, and gives up its locks. */
export async function rollback(session: Session): Promise<void> {
  await session.execute('ROLLBACK');
}

/** Longer than any lock is waited for that is not queued behind the export's own. */
const LOCK_LIMIT = '200ms';

/**
 * Opens a transaction that sees what the transaction that exported `snapshot` sees, and locks what the query reads,
 * as that one has. Somebody who waits for an exclusive lock (TRUNCATE, say) waits for that transaction, and we would wait
 * for him: then this fails instead. `serial`: without parallel workers, which would mix rows in any order. Throws
 * `ExportError` (`connection`) and what the server says. Returns the server process's id, which a pooler does not tell.
 */
export async function adoptSnapshot(
  session: Session,
  { name, identity, query }: SharedSnapshot,
  serial: boolean,
): Promise<number> {
  // The name comes from the server and consists of hex digits and dashes; it is no place for anything else.
  if (!/^[0-9A-Fa-f-]+$/.test(name)) throw new Error(`not the name of a snapshot: ${name}`);
  const prepare = serial ? `${PREPARE}; ${SERIAL}` : PREPARE;
  await session.execute(`${BEGIN}; SET TRANSACTION SNAPSHOT '${name}'; ${prepare}`);
  const [own] = await session.query<{ identity: string; limit: string; pid: string }>(
    `${IDENTITY}, pg_catalog.current_setting('lock_timeout') AS limit, pg_catalog.pg_backend_pid() AS pid`,
  );
  if (own!.identity !== identity) {
    throw new ExportError('connection', 'a further connection to the same address came to another server', {
      stage: 'connect',
      hint: 'connect past the load balancer, to the server itself',
    });
  }
  await session.execute(`SET LOCAL lock_timeout = '${LOCK_LIMIT}'`);
  await session.query(`EXPLAIN ${query}`);
  await session.query("SELECT pg_catalog.set_config('lock_timeout', $1, true)", [own!.limit]);
  return Number(own!.pid);
}
