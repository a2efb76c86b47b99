import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { decompressor } from '../../src/verify/chunk/decompress.ts';
import { runFastExport } from '../support/command.ts';
import { testDatabase } from '../support/server.ts';

const database = testDatabase('verify_memory');
const HOOK = new URL('../memory/peak-memory.js', import.meta.url).href;
const directory = mkdtempSync(join(tmpdir(), 'ddpp-verify-memory-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each([
  ['many rows', 'SELECT g AS id, md5(g::text) AS s FROM generate_series(1, 600000) g', 256],
  ['values of 10 MB', 'SELECT g AS id, repeat(md5(g::text), 312500) AS v FROM generate_series(1, 30) g', 512],
])('%s are read back within --max-memory', async (_, sql, mebibytes) => {
  const args = ['--dsn', database.dsn, '--sql', sql, '--out', join(directory, 'out.parquet'), '--verify'];
  const limit = ['--max-memory', `${mebibytes}MiB`, '--row-group-size', '10000000', '--quiet'];
  const env = { NODE_OPTIONS: `--import=${HOOK}` };
  const { status, stderr } = await runFastExport([...args, ...limit], { env });
  expect(status, stderr).toBe(0);
  expect(Number(/^peak (\d+) MiB$/m.exec(stderr)![1])).toBeLessThanOrEqual(mebibytes);
});

test.each([0, 1, 2, 6, 7])('codec %i: a page that claims what cannot be is refused', (codec) => {
  expect(() => decompressor(codec)(new Uint8Array(40), 2 ** 29 - 1)).toThrow(/^40 bytes of \w+ cannot hold/);
});
