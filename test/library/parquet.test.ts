import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ExportOptions, exportToParquet } from '../../src/index.ts';
import { otherSessions, testDatabase } from '../support/server.ts';

const database = testDatabase('library');
const connection = { dsn: database.dsn };
const ENDLESS = `SELECT a, b, c FROM generate_series(1, 1000) a, generate_series(1, 1000) b, generate_series(1, 1000) c`;

let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ddpp-library-'));
  out = join(folder, 'rows.parquet');
  writeFileSync(out, 'yesterday');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function expectAborted(options: Partial<ExportOptions>): Promise<void> {
  const exporting = exportToParquet({ connection, sql: ENDLESS, out, ...options });
  await expect(exporting).rejects.toMatchObject({ name: 'ExportError', code: 'aborted', cause: 'enough' });
  expect(readFileSync(out, 'utf8')).toBe('yesterday');
  expect(readdirSync(folder)).toEqual(['rows.parquet']);
  expect(await otherSessions(database)).toBe(0);
}

test('an AbortSignal that fires in the middle leaves nothing', async () => {
  const control = new AbortController();
  let most = 0;
  await expectAborted({
    rowGroupSize: 50_000,
    signal: control.signal,
    onProgress: ({ rows }) => {
      most = rows;
      if (rows > 100_000) control.abort('enough');
    },
  });
  expect(most).toBeGreaterThan(100_000);
});

test('an AbortSignal that fires while the server works on the first row leaves nothing', async () => {
  const control = new AbortController();
  const aborted = expectAborted({ sql: 'SELECT pg_sleep(600)', signal: control.signal });
  const running = `SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'COPY%pg_sleep(600)%' AND state = 'active'`;
  await expect.poll(() => database.query(running), { timeout: 10_000 }).toHaveLength(1);
  control.abort('enough');
  await aborted;
});

test('an AbortSignal that has fired already', async () => {
  await expectAborted({ connection: { host: '127.0.0.1', port: 1 }, signal: AbortSignal.abort('enough') });
});

test('an error of the caller’s own function ends the export, and is what it throws', async () => {
  const error = new Error('my own');
  const onProgress = () => {
    throw error;
  };
  await expect(exportToParquet({ connection, sql: ENDLESS, out, onProgress })).rejects.toBe(error);
  expect(readdirSync(folder)).toEqual(['rows.parquet']);
  expect(await otherSessions(database)).toBe(0);
});

test('progress and summary agree', async () => {
  const rows: number[] = [];
  const summary = await exportToParquet({
    connection,
    sql: 'SELECT g FROM generate_series(1, 250000) g',
    out,
    rowGroupSize: 100_000,
    onProgress: (progress) => {
      rows.push(progress.rows);
      expect(progress).toMatchObject({ estimatedRows: 250_000 });
    },
  });
  expect(rows.at(-1)).toBe(250_000);
  expect(summary).toMatchObject({ out, rows: 250_000, rowGroups: 3, fileBytes: readFileSync(out).length });
});

test.each([
  ['no query', { sql: undefined as unknown as string }, /sql is undefined/],
  ['no output', { out: undefined as unknown as string }, /out is undefined/],
])('%s is an error of usage', async (_, options, message) => {
  const exporting = exportToParquet({ connection, sql: 'SELECT 1', out, ...options });
  await expect(exporting).rejects.toMatchObject({ code: 'usage', message: expect.stringMatching(message) });
});
