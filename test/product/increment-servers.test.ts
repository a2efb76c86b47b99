import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writtenSince } from '../../src/product/increment/snapshot-age.ts';
import { oldestBinDir } from '../../tools/postgres-binaries.ts';
import { type PostgresServer, startPostgres } from '../../tools/postgres-server.ts';
import { testServer } from '../support/server.ts';
import { exportOf, take, withClient } from './increment-session.ts';
import { binDirWithResetwal, MovedServer } from './moved-server.ts';

const config = exportOf('SELECT * FROM t');
const TABLE =
  "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'a' FROM generate_series(1, 3) AS i";

const oldest = oldestBinDir();
const versions: (readonly [name: string, binDir: string | undefined])[] = [
  ['the newest version', undefined],
  ...(oldest === null ? [] : [['the oldest version', oldest] as const]),
];

describe.each(versions)('the history of a server of %s', (_, binDir) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({
      settings: { synchronous_commit: true },
      ...(binDir !== undefined && { binDir }),
    });
  });
  afterAll(() => server.stop('immediate'));

  const run = (sql: string) => withClient(server.dsn, (client) => client.query(sql));

  test('goes on over an orderly restart', async () => {
    await run(TABLE);
    const { product } = await take(server.dsn, config, null);
    await run("UPDATE t SET v = 'b' WHERE id = 1");
    await server.restart('fast');
    await run("UPDATE t SET v = 'c' WHERE id = 2");
    const { planned, rows } = await take(server.dsn, config, product);
    expect(planned.fullBecause).toBeNull();
    expect(rows.map(({ v }) => v).sort()).toEqual(['b', 'c']);
  });

  // What a transaction with synchronous_commit = off had written, and the product had, may be gone then.
  test('is another one after a crash', async () => {
    const { product } = await take(server.dsn, config, null);
    await server.restart('immediate');
    const { planned } = await take(server.dsn, config, product);
    expect(planned).toMatchObject({
      kind: 'full',
      fullBecause:
        'the server has recovered from a crash or started from a copy, or its statistics were reset',
    });
  });

  test('is the same if somebody resets one of the statistics', async () => {
    const { product } = await take(server.dsn, config, null);
    await run("SELECT pg_stat_reset_shared('bgwriter')");
    expect((await take(server.dsn, config, product)).planned.fullBecause).toBeNull();
  });
});

/** A condition over a column `xmin` that is not the system's, for ids that no server of a test gets to. */
async function holds(xmin: bigint, previous: bigint, current: bigint, client: pg.Client): Promise<boolean> {
  const condition = writtenSince(`${previous}:${previous}:`, `${current}:${current}:`, 't');
  const { rows } = await client.query(
    `SELECT ${condition} AS holds FROM (SELECT '${xmin % 2n ** 32n}'::xid AS xmin) t`,
  );
  return rows[0].holds;
}

describe('transaction ids beyond 32 bits', () => {
  test('no id at or above the previous snapshot is missed, in whatever epoch', async () => {
    await withClient(testServer().dsn, async (client) => {
      const id = fc.bigInt({ min: 3n, max: 2n ** 40n });
      const near = fc.bigInt({ min: 0n, max: 2n ** 20n });
      await fc.assert(
        fc.asyncProperty(id, near, near, fc.oneof(near, id), async (previous, gap, above, below) => {
          const xmin = previous + gap;
          const current = xmin + 1n + above;
          expect(await holds(xmin, previous, current, client)).toBe(true);
          // An older one is left out, unless it looks like one of 2^32 later.
          const older = previous - 1n - below;
          if (older < 3n) return;
          const looksLike = (from: bigint) =>
            from < current ? from + ((current - 1n - from) / 2n ** 32n) * 2n ** 32n : from;
          expect(await holds(older, previous, current, client)).toBe(looksLike(older) >= previous);
        }),
        { numRuns: 300 },
      );
    });
  });

  test('nothing is new where no transaction has begun since; everything may be after 2^32 of them', async () => {
    await withClient(testServer().dsn, async (client) => {
      expect(await holds(99n, 100n, 100n, client)).toBe(false);
      expect(await holds(100n, 100n, 101n, client)).toBe(true);
      expect(await holds(99n, 100n, 100n + 2n ** 32n, client)).toBe(true);
    });
  });

  const binDir = binDirWithResetwal();
  test.skipIf(binDir === null)('on a server whose ids go beyond them', { timeout: 300_000 }, async () => {
    const server = new MovedServer(binDir!);
    const run = (sql: string) => withClient(server.dsn, (client) => client.query(sql));
    try {
      // The first rows' ids are greater than those at the end, modulo 2^32.
      await server.moveTo(0, 10_000);
      await run(TABLE);
      for (const xid of [1_400_000_000, 2_800_000_000, 4_200_000_000]) {
        await server.freeze();
        await server.moveTo(0, xid);
      }
      await server.freeze();
      await run("INSERT INTO t VALUES (10, 'old')");
      await run('SELECT pg_current_xact_id()');
      const before = await take(server.dsn, config, null);
      expect(before.rows.map(({ v }) => v).sort()).toEqual(['a', 'a', 'a', 'old']);
      await run("UPDATE t SET v = 'late' WHERE id = 1");
      await server.moveTo(1, 5_000);
      await run("UPDATE t SET v = 'wrapped' WHERE id = 2");
      // pg_resetwal gives a server another identity as far as can be seen; here only the ids are of interest.
      const now = await take(server.dsn, config, null);
      const { manifest, export: own } = now.product;
      const previous = {
        ...now.product,
        manifest: {
          ...manifest,
          snapshot: { ...manifest.snapshot, pgSnapshot: before.product.manifest.snapshot.pgSnapshot },
        },
        export: own,
      };
      const after = await take(server.dsn, config, previous);
      expect(after.planned.fullBecause).toBeNull();
      expect(after.product.manifest.snapshot.pgSnapshot).toMatch(/^4294972\d{3}:/);
      expect(after.rows.map(({ v }) => v).sort()).toEqual(['late', 'wrapped']);
      expect((await take(server.dsn, config, after.product)).rows).toEqual([]);
      // Frozen rows keep their xmin: one of epoch 0 is not taken for one of epoch 1.
      await server.freeze();
      expect((await take(server.dsn, config, after.product)).rows).toEqual([]);
    } finally {
      await server.remove();
    }
  });
});
