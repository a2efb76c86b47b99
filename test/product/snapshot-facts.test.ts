import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveConninfo } from '../../src/postgres/connect/conninfo.ts';
import { serverFacts } from '../../src/postgres/server-facts.ts';
import { Session } from '../../src/postgres/session.ts';
import { beginExport } from '../../src/postgres/transaction.ts';
import { type SnapshotFacts, snapshotFacts } from '../../src/product/snapshot-facts.ts';
import { type PostgresServer, startPostgres } from '../../tools/postgres-server.ts';
import { type Standby, startStandby } from '../postgres/standby.ts';

let primary: PostgresServer;
let standby: Standby;
let admin: pg.Client;
beforeAll(async () => {
  primary = await startPostgres({ settings: { wal_level: 'replica' } });
  admin = new pg.Client({ connectionString: primary.dsn });
  await admin.connect();
  await admin.query("CREATE ROLE reader LOGIN PASSWORD 'secret'");
  standby = await startStandby(primary);
});
afterAll(async () => {
  await admin?.end();
  await standby?.stop();
  await primary?.stop();
});

async function factsOf(dsn: URL): Promise<SnapshotFacts> {
  const session = await Session.open(resolveConninfo({ dsn: dsn.href }), 1 << 20);
  try {
    await beginExport(session);
    return await snapshotFacts(session, await serverFacts(session));
  } finally {
    await session.close();
  }
}

const dsn = (port = primary.port, user?: string, password?: string): URL => {
  const url = new URL(primary.dsn);
  url.port = String(port);
  if (user !== undefined) url.username = user;
  if (password !== undefined) url.password = password;
  return url;
};

test('a standby has the system identifier and the timeline of its primary, and its own position', async () => {
  const of = await factsOf(dsn());
  const { rows } = await admin.query<{ id: string; at: string }>(
    'SELECT system_identifier::text AS id, pg_current_wal_lsn()::text AS at FROM pg_control_system()',
  );
  expect(of.server).toMatchObject({ systemIdentifier: rows[0]!.id, timeline: 1, inRecovery: false });
  expect(await factsOf(dsn(standby.port))).toEqual({
    server: { ...of.server, inRecovery: true },
    snapshot: {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      walPosition: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
      pgSnapshot: expect.stringMatching(/^\d+:\d+:/),
    },
  });
});

test('after a promotion the timeline is another one at once', async () => {
  const copy = await startStandby(primary);
  try {
    const client = new pg.Client({ connectionString: dsn(copy.port).href });
    await client.connect();
    await client.query('SELECT pg_promote()');
    await client.end();
    expect((await factsOf(dsn(copy.port))).server).toMatchObject({ timeline: 2, inRecovery: false });
  } finally {
    await copy.stop();
  }
});

test('a role without privileges reads the same; what it is refused is null', async () => {
  const all = await factsOf(dsn());
  const reader = () => factsOf(dsn(primary.port, 'reader', 'secret'));
  expect((await reader()).server).toEqual(all.server);
  await admin.query('REVOKE EXECUTE ON FUNCTION pg_control_system(), pg_walfile_name(pg_lsn) FROM public');
  expect((await reader()).server).toEqual({ ...all.server, systemIdentifier: null, timeline: null });
  await admin.query('REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn() FROM public');
  expect((await reader()).snapshot.walPosition).toBeNull();
});
