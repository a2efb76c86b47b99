import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { ProductProgress } from '../../src/cli/product-progress.ts';
import { runFastExport, spawnFastExport } from '../support/command.ts';
import { readWithDuckDB } from '../support/readers.ts';
import { otherSessions, testDatabase } from '../support/server.ts';
import { listing, productRoots } from './products.ts';

const database = testDatabase(
  'config_command',
  `CREATE TABLE observatories (code text PRIMARY KEY, name text);
   INSERT INTO observatories VALUES ('X05', 'Rubin'), ('W84', 'Cerro Tololo');
   CREATE TABLE observations (id int PRIMARY KEY, seen date);
   INSERT INTO observations SELECT n, CASE n WHEN 7 THEN 'infinity' ELSE date '2026-11-01' + n END
     FROM generate_series(1, 2000) n;`,
);
const { root } = productRoots();
let folder: string;
let count = 0;
beforeEach(() => {
  folder = root(String(count++));
  mkdirSync(folder);
});

const PRODUCT = `
root: products
exports:
- name: observatories
  table: observatories
- name: observations
  sql: SELECT id, seen FROM observations
  on_unrepresentable: 'null'
`;

/** Runs `fast-export --config` for a configuration with this text, in the folder of the test. */
function run(config: string, ...args: string[]) {
  writeFileSync(join(folder, 'exports.yaml'), config);
  return runFastExport(['--config', 'exports.yaml', '--dsn', database.dsn, ...args], { cwd: folder });
}

const lines = (stderr: string) => stderr.trimEnd().split('\n');
/** The objects of a JSON log. */
const records = (stderr: string) => lines(stderr).map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a product', () => {
  test('is published, with a summary of its tables', async () => {
    const { status, stderr, stdout } = await run(PRODUCT, '--date', '2026-11-23');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    const [head, first, second, nulls, published] = lines(stderr).slice(-5);
    expect(head).toMatch(/^table +kind +rows +size +time +status$/);
    expect(first).toMatch(/^observatories {2}full +2 +\S+ k?B +\S+ s {2}ok$/);
    expect(second).toMatch(/^observations {3}full {2}2,000 +\S+ k?B +\S+ s {2}ok$/);
    expect(nulls).toBe(
      'fast-export: observations: 1 value that its Arrow type cannot hold became null: seen (1)',
    );
    expect(published).toMatch(/^fast-export: published products\/runs\/\S+ as 2026-11-23 in \S+ s$/);
    const { rows } = await readWithDuckDB(join(folder, 'products/latest/observations.parquet'));
    expect(rows).toBe(2000);
  });

  test('of a day that is there already is refused without --overwrite', async () => {
    expect(await run(PRODUCT)).toMatchObject({ status: 0 });
    const today = new Date().toISOString().slice(0, 10);
    const before = listing(join(folder, 'products'));
    const refused = await run(PRODUCT, '--date', today, '--quiet');
    expect(refused.status).toBe(1);
    expect(lines(refused.stderr)).toEqual([
      `fast-export: there is a product of ${today} in ${join(folder, 'products')} already`,
      'hint: give --overwrite to replace it',
    ]);
    expect(listing(join(folder, 'products'))).toEqual(before);
    const replaced = await run(PRODUCT, '--date', today, '--quiet', '--overwrite');
    expect(replaced).toMatchObject({ status: 0, stderr: '' });
    expect(listing(join(folder, 'products'))).not.toEqual(before);
  });

  test('that fails says which table and why, and publishes nothing', async () => {
    const { status, stderr } = await run(PRODUCT.replace("'null'", "'error'"), '--jobs', '1');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^observatories +full .* (not published|stopped|not begun)$/m);
    expect(stderr).toMatch(/^observations +full .* failed$/m);
    expect(lines(stderr).at(-2)).toMatch(/^fast-export: .*observations.*\(column "seen", row 7\)$/);
    expect(listing(join(folder, 'products'))).toEqual(['runs']);
  });

  test('tells programs which table failed', async () => {
    const failing = PRODUCT.replace("'null'", "'error'");
    const one = records((await run(failing, '--log-format', 'json')).stderr);
    expect(one.at(-1)).toMatchObject({ event: 'failed', table: 'observations', column: 'seen' });
    expect(one.at(-2)).toMatchObject({
      event: 'tables',
      tables: [{ table: 'observatories' }, { table: 'observations', status: 'failed' }],
    });
    const checks = PRODUCT.replaceAll(/^- name: .*$/gm, '$&\n  min_rows: 1000000');
    const both = records((await run(checks, '--log-format', 'json')).stderr);
    const names = ['observatories', 'observations'];
    expect(both.at(-1)).toMatchObject({ event: 'failed', code: 'check', tables: names });
    expect(both.at(-2)).toMatchObject({
      event: 'tables',
      tables: names.map((table) => ({ table, status: 'failed' })),
    });
  });

  test('is cancelled by a signal', async () => {
    const slow = PRODUCT.replace('SELECT id, seen FROM observations', 'SELECT pg_sleep(600)');
    writeFileSync(join(folder, 'exports.yaml'), slow);
    const args = ['--config', 'exports.yaml', '--dsn', database.dsn, '--log-format', 'json'];
    const running = spawnFastExport(args, { cwd: folder });
    await running.waitForStderr(/"table_started","table":"observations"/);
    running.child.kill('SIGINT');
    const { status, stderr } = await running.result;
    expect(status).toBe(130);
    expect(records(stderr).at(-1)).toMatchObject({
      level: 'error',
      event: 'interrupted',
      signal: 'SIGINT',
      message: 'interrupted by SIGINT; the queries were cancelled and nothing was published',
    });
    expect(listing(join(folder, 'products'))).toEqual(['runs']);
    expect(await otherSessions(database)).toBe(0);
  });
});

describe('--log-format json', () => {
  test('tells all steps of a run, and no password', async () => {
    const { status, stderr } = await run(
      PRODUCT,
      '--log-format',
      'json',
      '--verbose',
      '--date',
      '2026-11-23',
    );
    expect(status).toBe(0);
    const told = records(stderr);
    const events = told.map(({ event }) => event).filter((event) => event !== 'step' && event !== 'progress');
    expect(events.toSorted()).toEqual([
      'checking',
      'finished',
      'planned',
      'published',
      ...['table_finished', 'table_finished', 'table_started', 'table_started'],
    ]);
    expect(events.at(-1)).toBe('finished');
    expect(told.at(-1)).toMatchObject({
      date: '2026-11-23',
      tables: [
        { table: 'observatories', kind: 'full', rows: 2, status: 'ok' },
        { table: 'observations', kind: 'full', rows: 2000, status: 'ok' },
      ],
    });
    expect(told.every(({ time, level }) => typeof time === 'string' && typeof level === 'string')).toBe(true);
    expect(stderr).not.toContain(new URL(database.dsn).password);
  });

  test('tells a single export, and its failure', async () => {
    const args = ['--dsn', database.dsn, '--log-format', 'json', '--out', 'o.parquet', '--sql'];
    const good = await runFastExport([...args, 'SELECT 1 AS a'], { cwd: folder });
    expect(records(good.stderr).at(-1)).toMatchObject({
      level: 'info',
      event: 'finished',
      out: 'o.parquet',
      rows: 1,
      row_groups: 1,
    });
    const bad = await runFastExport([...args, 'SELECT 1/0 AS a'], { cwd: folder });
    expect(bad.status).toBe(1);
    expect(records(bad.stderr).at(-1)).toMatchObject({
      level: 'error',
      event: 'failed',
      code: 'query',
      sql_state: '22012',
      message: expect.stringContaining('division by zero'),
    });
  });

  test('tells mistakes of a configuration', async () => {
    const { status, stderr } = await run('root: x\nexports: []\n', '--log-format', 'json');
    expect(status).toBe(2);
    expect(records(stderr)).toMatchObject([
      {
        event: 'failed',
        code: 'usage',
        mistakes: ['exports.yaml:2:1: exports cannot be empty: give at least one entry'],
      },
    ]);
  });
});

describe('a list of queries', () => {
  const LIST = '- {sql: SELECT 1 AS a, out: one.parquet}\n- {table: observatories, out: two.parquet}\n';

  test('is exported from one snapshot', async () => {
    const { status, stderr } = await run(LIST);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(lines(stderr).at(-1)).toMatch(/^fast-export: wrote 2 files in \S+ s$/);
    const { rows } = await readWithDuckDB(join(folder, 'two.parquet'));
    expect(rows).toBe(2);
    expect(existsSync(join(folder, 'one.parquet'))).toBe(true);
  });

  test('leaves the files as they were where one query fails', async () => {
    writeFileSync(join(folder, 'one.parquet'), 'as it was');
    expect(await run(`${LIST}- {sql: SELECT 1/0, out: three.parquet}\n`)).toMatchObject({ status: 1 });
    expect(listing(folder)).toEqual(['exports.yaml', 'one.parquet']);
    expect(readFileSync(join(folder, 'one.parquet'), 'utf8')).toBe('as it was');
  });

  test('has no day', async () => {
    expect(await run(LIST, '--date', '2026-11-23')).toMatchObject({
      status: 2,
      stderr:
        'fast-export: --date is for products, and exports.yaml is a plain list of files\nhint: leave it out\n',
    });
  });
});

describe('--check-config', () => {
  test('needs no server', async () => {
    writeFileSync(join(folder, 'exports.yaml'), PRODUCT);
    const args = ['--config', 'exports.yaml', '--check-config', '--host', 'no.such.host.invalid'];
    expect(await runFastExport(args, { cwd: folder })).toEqual({
      status: 0,
      signal: null,
      stdout: '',
      stderr: 'fast-export: exports.yaml is fine: a product of 2 tables\n',
    });
  });

  test('tells all mistakes, one a line', async () => {
    const { status, stderr } = await run('rot: x\nexports: []\n', '--check-config');
    expect(status).toBe(2);
    expect(lines(stderr)).toEqual([
      'fast-export: exports.yaml has 3 mistakes',
      'exports.yaml:1:1: root is missing: give the path of a directory',
      'exports.yaml:1:1: rot is unknown: did you mean root?',
      'exports.yaml:2:1: exports cannot be empty: give at least one entry',
      'hint: docs/products.md explains every key',
    ]);
  });
});

describe('the command line', () => {
  const config = ['--config', 'exports.yaml'];

  test('gives a run only what was given', () => {
    const args = [
      ...config,
      '-j',
      '3',
      '--max-memory',
      '1GiB',
      '--date',
      '2028-02-29',
      '--service',
      'mpc',
      '--keep-failed',
    ];
    expect(parseCommandLine(args)).toEqual({
      action: 'product',
      values: {
        config: 'exports.yaml',
        jobs: 3,
        maxMemory: 2 ** 30,
        date: '2028-02-29',
        service: 'mpc',
        keepFailed: true,
      },
    });
  });

  test.each([
    [[...config, '--sql', 'select 1'], '--sql and --config exclude each other'],
    [
      [...config, '--out', 'x', '--compression', 'gzip'],
      '--out and --compression and --config exclude each other',
    ],
    [[...config, '--date', '2026-02-29'], '--date cannot be "2026-02-29"'],
    [[...config, '--date', 'today'], '--date cannot be "today"'],
    [[...config, '--quiet', '--verbose'], '--quiet and --verbose exclude each other'],
    [['--sql', 'select 1', '--out', 'x', '--overwrite'], '--overwrite needs --config'],
    [['--check-config', '--date', '2026-11-23'], '--check-config and --date need --config'],
    [['--sql', 'select 1', '--out', 'x', '--log-format', 'xml'], '--log-format cannot be "xml"'],
  ])('%j is refused', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(expect.objectContaining({ code: 'usage', message }));
  });
});

test('the progress has a line for each table', () => {
  let now = 0;
  const progress = new ProductProgress(() => now);
  expect(progress.lines()).toEqual(['planning, 0.0 s']);
  progress.update({
    kind: 'planned',
    snapshotTime: '',
    exports: [
      { name: 'observations', estimatedRows: 100, increment: 'none' },
      { name: 'orbits', estimatedRows: null, increment: 'increment' },
      { name: 'sites', estimatedRows: 1, increment: { fullBecause: 'it is the first' } },
    ],
  });
  progress.update({ kind: 'started', name: 'observations', jobs: 2 });
  progress.update({ kind: 'started', name: 'sites', jobs: 1 });
  now = 2000;
  const latest = { rows: 50, bytesReceived: 4e6, estimatedRows: 100, elapsedMs: 0 };
  progress.update({ kind: 'progress', name: 'observations', progress: latest });
  const counts = { rowGroups: 1, jobs: 1, nulls: {}, unrepresentable: {} };
  const summary = {
    ...counts,
    name: 'sites',
    out: 'sites.parquet',
    rows: 1,
    fileBytes: 700,
    elapsedMs: 1500,
  };
  progress.update({ kind: 'finished', summary });
  expect(progress.lines()).toEqual([
    'observations  50 rows, 25 rows/s, 2.0 MB/s, 2.0 s, 50 %, 2.0 s left',
    'orbits        waiting for its turn',
    'sites         1 row, 700 B, done in 1.5 s',
  ]);
  expect(progress.running()).toEqual(['observations: 50 rows, 25 rows/s, 2.0 MB/s, 2.0 s, 50 %, 2.0 s left']);
  expect(progress.records()).toEqual([
    { table: 'observations', rows: 50, bytes_received: 4e6, estimated_rows: 100, seconds: 2 },
  ]);
  progress.update({ kind: 'checking' });
  expect(progress.lines().at(-1)).toBe('checking, 2.0 s');
});
