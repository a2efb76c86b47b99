import type { ServerFacts } from '../postgres/server-facts.ts';
import type { Session } from '../postgres/session.ts';
import type { Manifest } from './manifest/manifest.ts';

/** What a manifest says of the server and of the snapshot. */
export type SnapshotFacts = Pick<Manifest, 'server' | 'snapshot'>;

const ALWAYS = `SELECT pg_catalog.current_database() AS database, pg_catalog.pg_is_in_recovery() AS recovery,
  (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) AS oid,
  pg_catalog.pg_current_snapshot() AS snapshot`;

/** Each of these may be refused to the role, or unknown to a server that only speaks Postgres's protocol. */
const WAL_POSITION = `SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
  ELSE pg_catalog.pg_current_wal_lsn() END AS value`;
const SYSTEM_IDENTIFIER = 'SELECT system_identifier AS value FROM pg_catalog.pg_control_system()';
/** The control file may lag behind a promotion until the next checkpoint; the name of a WAL file does not. */
const TIMELINE = `SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
  THEN (SELECT greatest(c.timeline_id, r.min_recovery_end_timeline)
    FROM pg_catalog.pg_control_checkpoint() c, pg_catalog.pg_control_recovery() r)
  ELSE ('x' || substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::bit(32)::int4
  END AS value`;

/** Asks within the session's transaction. */
export async function snapshotFacts(session: Session, facts: ServerFacts): Promise<SnapshotFacts> {
  const [row] = await session.query<{ database: string; recovery: string; oid: string; snapshot: string }>(
    ALWAYS,
  );
  const { database, recovery, oid, snapshot } = row!;
  const timeline = await valueIfTold(session, TIMELINE);
  return {
    snapshot: {
      time: facts.snapshotTime,
      walPosition: await valueIfTold(session, WAL_POSITION),
      pgSnapshot: snapshot,
    },
    server: {
      version: facts.version,
      systemIdentifier: await valueIfTold(session, SYSTEM_IDENTIFIER),
      timeline: timeline === null ? null : Number(timeline),
      database,
      databaseOid: oid,
      inRecovery: recovery === 't',
    },
  };
}

/** A refusal must not end the transaction. */
async function valueIfTold(session: Session, sql: string): Promise<string | null> {
  await session.execute('SAVEPOINT fact');
  try {
    const [row] = await session.query<{ value: string | null }>(sql);
    await session.execute('RELEASE SAVEPOINT fact');
    return row!.value;
  } catch {
    await session.execute('ROLLBACK TO SAVEPOINT fact; RELEASE SAVEPOINT fact');
    return null;
  }
}
