import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { exportToParquet } from '../../src/export/export.ts';
import { verifyFile } from '../../src/verify/verify-file.ts';
import { runFastExport } from '../support/command.ts';
import { testDatabase } from '../support/server.ts';

const database = testDatabase(
  'verify',
  `CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
   CREATE TYPE pair AS (a int, b text);
   CREATE TABLE t AS SELECT
     i AS id, (i % 7)::int2 AS small, i * 1e10::numeric(30, 4) AS big, (i % 1000)::numeric(5, 1) AS little,
     CASE WHEN i % 3 = 0 THEN NULL ELSE i / 7.0::float8 END AS ratio, 'NaN'::float4 AS nan, i % 2 = 0 AS even,
     repeat('x', i % 90) || i AS label, CASE WHEN i % 5 > 0 THEN 'few' || i % 5 END AS few,
     decode(md5(i::text), 'hex') AS bytes, md5(i::text)::uuid AS uuid, now() + i * interval '1 s' AS at,
     date '2026-01-01' + i % 365 AS day, ('{sad,ok,happy}'::mood[])[1 + i % 3] AS mood,
     CASE WHEN i % 4 = 0 THEN NULL ELSE array_fill(i, ARRAY[i % 4]) || NULL::int END AS list,
     CASE WHEN i % 6 > 0 THEN (i, 'p' || i)::pair END AS pair, ARRAY[(i, NULL)::pair, NULL] AS pairs,
     jsonb_build_object('i', i) AS doc
   FROM generate_series(1, 30000) i`,
);
const directory = mkdtempSync(join(tmpdir(), 'ddpp-verify-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const out = (name: string) => join(directory, name);
const partials = () => readdirSync(directory).filter((name) => name.startsWith('.'));

describe('--verify', () => {
  test.each([
    ['two jobs', ['--jobs', '2', '--row-group-size', '9000']],
    ['compact encodings', ['--jobs', '1', '--encoding', 'compact', '--bloom-filter', 'id,label']],
    ['the CSV transport', ['--transport', 'csv', '--compression', 'snappy']],
  ])('passes with %s', async (_, options) => {
    const path = out('good.parquet');
    const args = ['--dsn', database.dsn, '--table', 't', '--out', path, '--verify', '--verbose'];
    const result = await runFastExport([...args, ...options]);
    expect(result).toMatchObject({ status: 0 });
    expect(result.stderr).toMatch(/verified 30000 rows in \d+ pages/);
    expect(await verifyFile(path)).toMatchObject({ rows: 30_000, notChecked: [] });
  });

  test('passes with no rows', async () => {
    const sql = 'SELECT * FROM t WHERE false';
    const result = await runFastExport([
      '--dsn',
      database.dsn,
      '--sql',
      sql,
      '--out',
      out('empty'),
      '--verify',
    ]);
    expect(result).toMatchObject({ status: 0 });
    expect(await verifyFile(out('empty'))).toMatchObject({ rows: 0, rowGroups: 0, columns: 20 });
  });

  test('finds what an encoder does wrong, names row group and column, and leaves the file as it was', async () => {
    const path = out('kept.parquet');
    writeFileSync(path, 'as it was');
    const bug = fileURLToPath(new URL('planted-bug.ts', import.meta.url));
    const sql = 'SELECT id, label FROM t ORDER BY id';
    const args = ['--dsn', database.dsn, '--sql', sql, '--out', path, '--quiet'];
    const script = fileURLToPath(new URL('../support/unbundled.ts', import.meta.url));
    const planted = { env: { NODE_OPTIONS: `--import=${bug}` }, script };
    const result = await runFastExport([...args, '--verify'], planted);
    expect(result.stderr.split('\n')[0]).toBe(
      `fast-export: ${path}: row group 0: its values are not those that were read from the server (column "id")`,
    );
    expect(result.status).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe('as it was');
    expect(partials()).toEqual([]);
    // Without it the wrong file would be there, and nothing in it contradicts itself.
    expect(await runFastExport(args, planted)).toMatchObject({ status: 0, stderr: '' });
    expect(await verifyFile(path)).toMatchObject({ rows: 30_000 });
  });

  test('finds what happens to the bytes on their way', async () => {
    const path = out('damaged.parquet');
    const damage = (line: string) => {
      if (line !== 'reading the file back') return;
      const partial = join(directory, partials()[0]!);
      const bytes = readFileSync(partial);
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(partial, bytes);
    };
    const connection = { dsn: database.dsn };
    const exporting = exportToParquet({ sql: 'TABLE t', connection, out: path, verify: true, onLog: damage });
    await expect(exporting).rejects.toMatchObject({ code: 'corrupt', stage: 'verify' });
    expect(readdirSync(directory)).not.toContain('damaged.parquet');
    expect(partials()).toEqual([]);
  });

  test('can be stopped', async () => {
    const controller = new AbortController();
    const stop = (line: string) => {
      if (line === 'reading the file back') controller.abort('enough');
    };
    const { signal } = controller;
    const options = { connection: { dsn: database.dsn }, out: out('stopped.parquet'), verify: true };
    const exporting = exportToParquet({ sql: 'TABLE t', ...options, signal, onLog: stop });
    await expect(exporting).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
    expect(readdirSync(directory)).not.toContain('stopped.parquet');
    expect(partials()).toEqual([]);
  });

  test('is a wrong command line where the output cannot be read back', async () => {
    execFileSync('mkfifo', [out('fifo')]);
    for (const path of ['/dev/null', '/dev/stdout', out('fifo')]) {
      const result = await runFastExport(['--dsn', database.dsn, '--table', 't', '--out', path, '--verify']);
      expect(result).toEqual({
        status: 2,
        signal: null,
        stdout: '',
        stderr: `fast-export: ${path} cannot be verified: it cannot be read back\nhint: write to a file, or leave out --verify\n`,
      });
    }
  });
});

describe('fast-export verify', () => {
  test('checks all files that are named', async () => {
    const good = out('one.parquet');
    await exportToParquet({
      sql: 'SELECT id, few FROM t',
      connection: { dsn: database.dsn },
      out: good,
      jobs: 1,
    });
    const bytes = readFileSync(good);
    bytes[5000]! ^= 0x10;
    const bad = out('bad.parquet');
    writeFileSync(bad, bytes);
    const result = await runFastExport(['verify', bad, good, out('missing.parquet')]);
    expect(result.status).toBe(1);
    expect(result.stdout).toBe(
      `${good}: good, 30,000 rows, 1 row group, 2 columns, 4 pages, ${size(good)}\n`,
    );
    expect(result.stderr.split('\n')).toEqual([
      `fast-export: ${bad}: row group 0, page 0: its checksum is wrong (column "id")`,
      expect.stringMatching(/^hint: the file is damaged/),
      `fast-export: there is no file ${out('missing.parquet')}`,
      'hint: check the path for a typing error',
      '',
    ]);
    expect(await runFastExport(['verify', '--quiet', good])).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });
});

function size(path: string): string {
  const kilobytes = readFileSync(path).length / 1000;
  return `${kilobytes >= 99.95 ? kilobytes.toFixed(0) : kilobytes.toFixed(1)} kB`;
}
