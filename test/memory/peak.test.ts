import { execFileSync } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProxy } from '../../tools/proxy.ts';
import { spawnFastExport } from '../support/command.ts';
import { testDatabase, testServer } from '../support/server.ts';

const database = testDatabase('peak');
const HOOK = new URL('./peak-memory.js', import.meta.url).href;
const MIB = 1 << 20;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ddpp-peak-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function start(sql: string, args: readonly string[], out = '/dev/null', dsn = database.dsn) {
  return spawnFastExport(['--dsn', dsn, '--sql', sql, '--out', out, ...args], {
    env: { NODE_OPTIONS: `--import=${HOOK}` },
  });
}

/** The most memory, in MiB, that the real command has resident while it exports. */
async function peakOf(sql: string, ...args: string[]): Promise<number> {
  const { status, stderr } = await start(sql, args).result;
  expect(status, stderr).toBe(0);
  return Number(/^peak (\d+) MiB$/m.exec(stderr)![1]);
}

const columns = (count: number, value: string) =>
  Array.from({ length: count }, (_, i) => `${value} AS c${i}`).join(', ');
const rows = (count: number) =>
  `SELECT g AS id, g * 0.37::float8 AS x, md5(g::text) AS s FROM generate_series(1, ${count}) g`;

describe('--max-memory holds the peak', () => {
  test('of 1,600 columns, by default', async () => {
    // Text takes the most of the compilers' memory, floats the most of the pages'.
    const sql = `SELECT ${columns(800, "'x' || g")}, ${columns(800, '(g * 0.37)::real').replaceAll('AS c', 'AS f')}
      FROM generate_series(1, 6000) g`;
    expect(await peakOf(sql, '--compression', 'uncompressed')).toBeLessThanOrEqual(512);
  });

  test.each([100, 300])('of %d columns of text, 256 MiB', async (count) => {
    const sql = `SELECT ${columns(count, 'md5((g)::text)')} FROM generate_series(1, ${6_000_000 / count}) g`;
    expect(await peakOf(sql, '--max-memory', '256MiB')).toBeLessThanOrEqual(256);
  });

  test('of values of 10 MB, by default', async () => {
    const sql = 'SELECT g AS id, repeat(md5(g::text), 312500) AS v FROM generate_series(1, 30) g';
    expect(await peakOf(sql, '--compression', 'uncompressed')).toBeLessThanOrEqual(512);
  });

  test('of any number of rows, and more of them take no more', async () => {
    const args = ['--max-memory', '192MiB', '--row-group-size', '10000000', '--compression', 'uncompressed'];
    const few = await peakOf(rows(500_000), ...args);
    const many = await peakOf(rows(2_500_000), ...args);
    expect(many).toBeLessThanOrEqual(192);
    expect(many).toBeLessThanOrEqual(1.15 * few);
  });
});

describe('too little of it is said before the first row', () => {
  test('for the columns', async () => {
    const sql = `SELECT ${columns(1600, '1')}`;
    const { status, stderr } = await start(sql, ['--max-memory', '192MiB']).result;
    expect(status).toBe(2);
    const least = /give at least (\d+) MiB with --max-memory$/m.exec(stderr)![1];
    expect(stderr).toMatch(/192 MiB of memory are too little for 1 job\(s\) and 1600 columns/);
    expect((await start(sql, ['--max-memory', `${least}MiB`]).result).status).toBe(0);
  });

  test('for the jobs', async () => {
    const { status, stderr } = await start('SELECT 1', ['--max-memory', '192MiB', '-j', '4']).result;
    expect(status).toBe(2);
    expect(stderr).toMatch(/give at least \d+ MiB with --max-memory, or fewer --jobs/);
  });
});

test.each([
  ['--block-size', ['--block-size', '1MiB'], 2],
  ['--max-memory', ['--max-memory', '192MiB'], 20],
])('a row too large for %s', async (_, args, megabytes) => {
  const sql = `SELECT repeat('x', ${megabytes * 1_000_000}) AS v`;
  const { status, stderr } = await start(sql, args).result;
  expect(status).toBe(1);
  expect(stderr).toMatch(/a row takes \d+ bytes, more than .*--block-size and --max-memory/);
  expect(stderr).toMatch(/hint: raise --max-memory, and --block-size above \d+ MiB/);
  const larger = await start(sql, ['--block-size', '64MiB', '--max-memory', '1GiB']).result;
  expect(larger.status, larger.stderr).toBe(0);
});

test.skipIf(process.platform === 'win32')('a sink that does not take anything stops the server', async () => {
  const { host, port } = testServer();
  const proxy = await startProxy({ upstream: { host, port } });
  const dsn = new URL(database.dsn);
  dsn.host = `${proxy.host}:${proxy.port}`;
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const reader = createReadStream(fifo, { highWaterMark: 1 << 16 });
  const args = ['--max-memory', '192MiB', '--compression', 'uncompressed', '--row-group-size', '20000'];
  const { result } = start(rows(3_000_000), args, fifo, dsn.href);
  // Read the first bytes, then nothing until the server has stopped sending.
  await new Promise((resolve) => reader.once('data', resolve));
  reader.pause();
  let before = -1;
  while (before !== proxy.counters.bytesFromServer) {
    before = proxy.counters.bytesFromServer;
    await new Promise((next) => setTimeout(next, 400));
  }
  expect(before).toBeLessThan(100 * MIB);
  let bytes = 0;
  reader.on('data', (chunk) => {
    bytes += chunk.length;
  });
  reader.resume();
  const { status, stderr } = await result;
  await proxy.close();
  expect(status, stderr).toBe(0);
  expect(bytes).toBeGreaterThan(120 * MIB);
  expect(Number(/^peak (\d+) MiB$/m.exec(stderr)![1])).toBeLessThanOrEqual(192);
});
