import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../tools/postgres-server.ts';
import { type Standby, startStandby } from '../postgres/standby.ts';
import { exportOf, take, withClient } from '../product/increment-session.ts';

const config = exportOf('SELECT * FROM t');
let primary: PostgresServer;
let standby: Standby;
let client: pg.Client;
let standbyDsn: string;

beforeAll(async () => {
  primary = await startPostgres({ settings: { wal_level: 'replica', max_wal_senders: 3 } });
  client = new pg.Client({ connectionString: primary.dsn });
  await client.connect();
  await client.query(
    "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'a' FROM generate_series(1, 9) AS i",
  );
  const { host, port, user, password } = primary;
  standby = await startStandby(primary, {
    max_wal_senders: '3',
    primary_conninfo: `host=${host} port=${port} user=${user} password=${password}`,
  });
  const dsn = new URL(primary.dsn);
  dsn.port = String(standby.port);
  standbyDsn = dsn.href;
});
afterAll(async () => {
  await client?.end();
  await standby?.stop();
  await primary?.stop('immediate');
});

/** Waits until the standby has replayed what the primary has written so far. */
async function replayed(): Promise<void> {
  const { rows } = await client.query('SELECT pg_current_wal_insert_lsn() AS lsn');
  await withClient(standbyDsn, async (other) => {
    for (;;) {
      const { rows: found } = await other.query('SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS done', [
        rows[0].lsn,
      ]);
      if (found[0].done) return;
      await sleep(20);
    }
  });
}

test('increments by snapshot on a standby that goes on: also of what was in flight, under savepoints', async () => {
  await replayed();
  const writer = new pg.Client({ connectionString: primary.dsn });
  await writer.connect();
  await writer.query(
    "BEGIN; INSERT INTO t VALUES (10, 'top'); SAVEPOINT s; INSERT INTO t VALUES (11, 'sub'); RELEASE s",
  );
  await client.query("UPDATE t SET v = 'b' WHERE id = 1");
  await replayed();
  const base = await take(standbyDsn, config, null);
  expect(base.rows).toHaveLength(9);
  await writer.query('COMMIT');
  await writer.end();
  await client.query("UPDATE t SET v = 'c' WHERE id = 2; DELETE FROM t WHERE id = 3");
  await replayed();
  const { planned, rows, keys } = await take(standbyDsn, config, base.product);
  expect(planned.fullBecause).toBeNull();
  expect(rows.map(({ v }) => v)).toEqual(expect.arrayContaining(['top', 'sub', 'c']));
  expect(keys).toHaveLength(10);
});

test('a product of the primary is none to build on', async () => {
  const { product } = await take(primary.dsn, config, null);
  await client.query("UPDATE t SET v = 'd' WHERE id = 2");
  await replayed();
  expect((await take(standbyDsn, config, product)).planned.kind).toBe('full');
});
