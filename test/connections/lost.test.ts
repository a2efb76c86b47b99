import { execFileSync } from 'node:child_process';
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { exportToParquet } from '../../src/export/export.ts';
import type { ExportOptions } from '../../src/export/options.ts';
import { type Faults, type FaultyProxy, startProxy } from '../../tools/proxy.ts';
import { inEachJobPlace, jobPlace } from '../support/job-places.ts';
import { otherSessions, testDatabase, testServer } from '../support/server.ts';
import { difference, STARS, STARS_SQL } from './stars.ts';

const database = testDatabase('lost', STARS_SQL);

let folder: string;
let proxy: FaultyProxy | null = null;
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ddpp-lost-'));
});
afterEach(async () => {
  await proxy?.close();
  proxy = null;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Exports the table over two jobs through a proxy. Connection 1 plans; 2 and 3 are the jobs', further ones replace them. */
async function exportThrough(
  faults: (connection: number) => Faults,
  options: Partial<ExportOptions> = {},
  {
    connectRetries = 3,
    parameters = {},
  }: { connectRetries?: number; parameters?: Record<string, string> } = {},
) {
  const { socketDir, port } = testServer();
  // The buffers of Unix sockets are small: a backend soon waits for a client that does not read.
  proxy = await startProxy({ upstream: { path: `${socketDir}/.s.PGSQL.${port}` }, faults });
  const dsn = new URL(database.dsn);
  dsn.host = `127.0.0.1:${proxy.port}`;
  for (const [name, value] of Object.entries({ sslmode: 'disable', ...parameters })) {
    dsn.searchParams.set(name, value);
  }
  const out = join(folder, `${++files}.parquet`);
  const log: string[] = [];
  const exporting = {
    sql: 'SELECT * FROM stars',
    out,
    jobs: 2,
    rowGroupSize: 3_000,
    connection: { dsn: dsn.href, connectRetries },
    onLog: (line: string) => log.push(line),
    ...options,
  };
  const running = exportToParquet(exporting, jobPlace);
  // Whoever awaits it learns of a failure.
  running.catch(() => {});
  return { running, out, log };
}

const failure = (running: Promise<unknown>) =>
  running.then(
    () => Promise.reject(new Error('the export succeeded')),
    (error: unknown) => error as Error & Record<string, unknown>,
  );

/** Waits until the condition holds. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function terminate(where: string): Promise<number> {
  const rows = await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${where}`,
  );
  return rows.length;
}
const READING = "query LIKE 'COPY%' AND wait_event = 'ClientWrite'";
const IDLE = "state = 'idle in transaction' AND query NOT LIKE 'COPY%'";

/** A job receives some 3 MB: of its first slice, a quarter of the table, some 1.5 MB. */
const SLICE_BYTES = 1_500_000;

inEachJobPlace(() => {
  describe('a slice whose connection is lost is read again', () => {
    test.each([
      // Before, in and just after the login; in the adoption of the snapshot; in the first rows of the first slice.
      ...[1, 700, 1_100, 1_300, 1_500, 2_000],
      // In later slices, at any byte of a message, and near the ends of slices.
      ...[SLICE_BYTES, SLICE_BYTES + 1_801, 600_003, 1_000_001, 2_000_003],
    ])('cut after %d bytes', async (cutAfter) => {
      const cut = (connection: number) => (connection === 2 || connection === 3 ? { cutAfter } : {});
      const { running, out } = await exportThrough(cut);
      expect(await running).toMatchObject({ rows: STARS });
      expect(await difference(out)).toEqual({ missing: 0, extra: 0 });
      expect(proxy!.counters.connections).toBeGreaterThan(2);
    });

    test.each(['reset', 'close', 'half-close'] as const)('by a %s', async (cutBy) => {
      const cut = (connection: number) => (connection === 2 ? { cutAfter: 200_000, cutBy } : {});
      const { running, out, log } = await exportThrough(cut);
      expect(await running).toMatchObject({ rows: STARS, jobs: 2 });
      expect(await difference(out)).toEqual({ missing: 0, extra: 0 });
      expect(log).toContainEqual(expect.stringMatching(/^reading slice \d of \d.* again \(1 of 3\)/));
    });

    test('more than once, each time a little later', async () => {
      const cuts = new Map(
        [100_000, 400_000, 500_000].map((cutAfter, i) => [i === 0 ? 2 : 3 + i, { cutAfter }]),
      );
      const cut = (connection: number) => cuts.get(connection) ?? {};
      const { running, out, log } = await exportThrough(cut);
      expect(await running).toMatchObject({ rows: STARS });
      expect(await difference(out)).toEqual({ missing: 0, extra: 0 });
      expect(log.filter((line) => line.includes('again (2 of 3)'))).not.toEqual([]);
    });

    test.each([300, 1_000, 1_300])('when the new one is cut after %d bytes as well', async (cutAfter) => {
      const cut = (connection: number) =>
        connection === 2 ? { cutAfter: 200_000 } : connection === 4 ? { cutAfter } : {};
      const { running, out } = await exportThrough(cut);
      expect(await running).toMatchObject({ rows: STARS });
      expect(await difference(out)).toEqual({ missing: 0, extra: 0 });
    });

    test('whose backend an administrator terminates', async () => {
      const { running, out, log } = await exportThrough((connection) =>
        connection === 2 ? { bytesPerSecond: 500_000 } : {},
      );
      await until(async () => (await terminate(READING)) > 0);
      expect(await running).toMatchObject({ rows: STARS });
      expect(await difference(out)).toEqual({ missing: 0, extra: 0 });
      expect(log.join('\n')).toMatch(/again \(1 of 3\)/);
    });

    test('while the job waits for its row groups to be written', async () => {
      const fifo = join(folder, `${++files}.fifo`);
      execFileSync('mkfifo', [fifo]);
      // Nobody reads: the pipe is full after 64 KiB, and the jobs soon have row groups that wait.
      const reader = createReadStream(fifo);
      reader.pause();
      const { running, log } = await exportThrough(() => ({}), {
        out: fifo,
        rowGroupSize: 1_000,
        compression: 'uncompressed',
      });
      let seen = -1;
      await until(async () => {
        const before = seen;
        seen = proxy!.counters.bytesFromServer;
        await new Promise((resolve) => setTimeout(resolve, 200));
        return seen === before && seen > 100_000;
      });
      expect(await terminate("query LIKE 'COPY%'")).toBeGreaterThan(0);
      const [summary, bytes] = await Promise.all([running, buffer(reader)]);
      expect(summary).toMatchObject({ rows: STARS });
      const out = join(folder, 'from-fifo.parquet');
      await writeFile(out, bytes);
      expect(await difference(out)).toEqual({ missing: 0, extra: 0 });
      expect(log.join('\n')).toMatch(/again \(1 of 3\)/);
    });

    test('over CSV and one connection, in the same order', async () => {
      const cut = (connection: number) => (connection === 2 ? { cutAfter: 500_001 } : {});
      const { running, out, log } = await exportThrough(cut, { transport: 'csv' });
      expect(await running).toMatchObject({ rows: STARS, jobs: 1 });
      expect(await difference(out)).toEqual({ missing: 0, extra: 0 });
      expect(log.join('\n')).toMatch(/reading the rows again \(1 of 3\)/);
    });
  });

  describe('a network that falls silent', () => {
    const parameters = { tcp_user_timeout: '1500' };

    test('under a job: read again', async () => {
      const stall = (connection: number) => (connection === 2 ? { stallAfter: 200_000 } : {});
      const { running, out, log } = await exportThrough(stall, {}, { parameters });
      expect(await running).toMatchObject({ rows: STARS });
      expect(await difference(out)).toEqual({ missing: 0, extra: 0 });
      expect(log.join('\n')).toMatch(/nothing has come over a connection for 1.5 s/);
    });

    test('under all connections: an error', async () => {
      const { running } = await exportThrough(
        (connection) => (connection > 1 ? { stallAfter: 200_000 } : {}),
        {},
        { parameters },
      );
      await until(() => proxy!.counters.bytesFromServer > 400_000);
      proxy!.stall();
      expect(await failure(running)).toMatchObject({
        code: 'connection',
        message:
          'the snapshot that all connections share is lost: the connection to the server was lost: no answer for 1.5 s',
      });
    });

    test('is told from a query that takes its time', async () => {
      const sql = 'SELECT g AS id, pg_sleep(4) IS NULL AS slept FROM generate_series(1, 1) g';
      const { running, log } = await exportThrough(() => ({}), { sql }, { parameters });
      expect(await running).toMatchObject({ rows: 1 });
      expect(log.join('\n')).not.toMatch(/nothing has come|again/);
    });
  });

  describe('an export ends with an error and without a file', () => {
    const nothingLeft = async (out: string) => {
      expect(
        readdirSync(folder).filter((name) => name === basename(out) || name.includes('partial')),
      ).toEqual([]);
      expect(await otherSessions(database)).toBe(0);
    };

    test('when a slice is lost once more than connectRetries allows', async () => {
      const cut = (connection: number) => (connection > 1 ? { cutAfter: 50_000 } : {});
      const { running, out } = await exportThrough(cut, {}, { connectRetries: 1 });
      expect(await failure(running)).toMatchObject({
        code: 'connection',
        message: expect.stringMatching(
          /^the connection to the server was lost: .*\(slice .*; tried again 1 time\)$/,
        ),
      });
      await nothingLeft(out);
    });

    test('at once with connectRetries 0', async () => {
      const cut = (connection: number) => (connection > 1 ? { cutAfter: 50_000 } : {});
      const { running, out, log } = await exportThrough(cut, {}, { connectRetries: 0 });
      expect((await failure(running)).message).toMatch(/connection to the server was lost/);
      expect(log.join('\n')).not.toMatch(/again/);
      await nothingLeft(out);
    });

    test.each([
      ['is ordered', 'SELECT * FROM stars ORDER BY name'],
      ['calls now()', 'SELECT id, now() AS t FROM stars'],
    ])('when the query %s and so is not read again', async (_, sql) => {
      const cut = (connection: number) => (connection === 2 ? { cutAfter: 500_000 } : {});
      const { running, out, log } = await exportThrough(cut, { sql });
      expect((await failure(running)).message).toMatch(/connection to the server was lost/);
      expect(log.join('\n')).not.toMatch(/again/);
      await nothingLeft(out);
    });

    test('when the connection that holds the snapshot is lost while the jobs stand still', async () => {
      const stall = (connection: number) => (connection > 1 ? { stallAfter: 300_000 } : {});
      const { running, out } = await exportThrough(stall);
      await until(() => proxy!.counters.bytesFromServer > 600_000);
      await until(async () => (await terminate(IDLE)) === 1);
      expect(await failure(running)).toMatchObject({
        code: 'connection',
        sqlState: '57P01',
        message:
          'the snapshot that all connections share is lost: terminating connection due to administrator command',
      });
      proxy!.resume();
      await nothingLeft(out);
    });

    test.each([
      ['reset', /(read|write) (ECONNRESET|EPIPE)$/],
      ['close', /the server closed the connection$/],
    ] as const)('when all connections break by a %s', async (cutBy, message) => {
      const stall = (connection: number) => (connection > 1 ? { stallAfter: 300_000 } : {});
      const { running, out } = await exportThrough(stall);
      await until(() => proxy!.counters.bytesFromServer > 600_000);
      proxy!.cut(cutBy);
      const error = await failure(running);
      expect(error.message).toMatch(
        /^the snapshot that all connections share is lost: the connection to the server was lost: /,
      );
      expect(error.message).toMatch(message);
      await nothingLeft(out);
    });

    test('when it is lost while a job is reading a slice again', async () => {
      // The new connections of the jobs get no answer.
      const stall = (connection: number) =>
        connection === 1 ? {} : connection < 4 ? { cutAfter: 300_000 } : { stallAfter: 1 };
      const { running, out } = await exportThrough(stall);
      await until(() => proxy!.counters.connections > 3);
      await until(async () => (await terminate(IDLE)) === 1);
      expect((await failure(running)).message).toMatch(/^the snapshot that all connections share is lost: /);
      await nothingLeft(out);
    });
  });
});
