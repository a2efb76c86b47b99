import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compactProduct } from '../../src/product/compact/compact.ts';
import { type PostgresServer, startPostgres } from '../../tools/postgres-server.ts';
import { Days, expectWhole, twice } from '../product/days.ts';
import { productRoots } from '../product/products.ts';

const { root } = productRoots();
let publisher: PostgresServer;
let subscriber: PostgresServer;
let source: pg.Client;
let replica: pg.Client;

beforeAll(async () => {
  [publisher, subscriber] = await Promise.all([
    startPostgres({ settings: { wal_level: 'logical', max_wal_senders: 5, max_replication_slots: 5 } }),
    startPostgres({ settings: { wal_level: 'replica' } }),
  ]);
  [source, replica] = await Promise.all([connect(publisher), connect(subscriber)]);
  const schema = 'CREATE TABLE obs (id int PRIMARY KEY, v int NOT NULL, note text)';
  await source.query(`${schema}; INSERT INTO obs SELECT i, 0, 'first' FROM generate_series(1, 300) AS i`);
  // The transaction ids of the two servers are far apart.
  await replica.query(schema);
  await replica.query(
    'DO $$ BEGIN FOR i IN 1..3000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$',
  );
  await source.query('CREATE PUBLICATION everything FOR ALL TABLES');
  const { host, port, user, password, database } = publisher;
  await replica.query(`CREATE SUBSCRIPTION mirror CONNECTION
    'host=${host} port=${port} user=${user} password=${password} dbname=${database}' PUBLICATION everything`);
});
afterAll(async () => {
  await Promise.all([source, replica].map((client) => client?.end()));
  await Promise.all([publisher, subscriber].map((server) => server?.stop('immediate')));
});

async function connect(server: PostgresServer): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.dsn });
  await client.connect();
  return client;
}

/** Transactions on the publisher: those of the subscriber's worker that applies them have ids of their own. */
async function write(stopped: () => boolean): Promise<void> {
  const writer = await connect(publisher);
  const pick = (n: number) => Math.floor(Math.random() * n);
  while (!stopped()) {
    await writer.query('BEGIN');
    for (let n = pick(6); n >= 0; n--) {
      const id = pick(400);
      await writer.query(
        [
          `SAVEPOINT s; UPDATE obs SET v = v + 1 WHERE id = ${id}; RELEASE s`,
          `DELETE FROM obs WHERE id = ${id}`,
          `INSERT INTO obs VALUES (${id}, 1, 'new') ON CONFLICT (id) DO UPDATE SET note = 'again'`,
        ][pick(3)]!,
      );
    }
    await writer.query(`SELECT pg_sleep(0.0${pick(5)})`);
    await writer.query(pick(5) === 0 ? 'ROLLBACK' : 'COMMIT');
  }
  await writer.end();
}

const SUMMARY = "SELECT count(*) AS rows, md5(string_agg(o::text, ',' ORDER BY id)) AS hash FROM obs AS o";

async function caughtUp(): Promise<void> {
  const { rows: expected } = await source.query(SUMMARY);
  for (;;) {
    const { rows } = await replica.query(SUMMARY);
    if (JSON.stringify(rows) === JSON.stringify(expected)) return;
    await sleep(50);
  }
}

test('increments by snapshot on a logical subscriber, compacted, are what it holds', async () => {
  await caughtUp();
  const days = new Days(subscriber.dsn, root('subscriber'), twice('TABLE obs'));
  await days.next();
  let stopped = false;
  const writing = write(() => stopped);
  let changed = 0;
  try {
    for (let run = 1; run <= 5; run++) {
      const { manifest } = await days.next();
      expect(manifest.exports[0]).toMatchObject({ kind: 'increment', fullBecause: null });
      changed += manifest.exports[0]!.files[0]!.rows;
    }
  } finally {
    stopped = true;
    await writing;
  }
  expect(changed).toBeGreaterThan(0);
  await caughtUp();
  await days.next();
  const out = join(days.root, 'compacted');
  await compactProduct({ products: [days.root], out });
  await expectWhole(out);
  // Nothing is written any more, so nothing comes.
  const { manifest } = await days.next();
  expect(manifest.exports[0]!.files.map(({ rows }) => rows)).toEqual([
    0,
    manifest.exports[1]!.files[0]!.rows,
    0,
  ]);
});
