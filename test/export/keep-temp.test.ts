import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startProxy } from '../../tools/proxy.ts';
import {
  type CommandOptions,
  type CommandResult,
  fastExport,
  runFastExport,
  spawnFastExport,
} from '../support/command.ts';
import { otherSessions, testDatabase, testServer } from '../support/server.ts';
import { createEdgeTable } from './edge-values.ts';

const database = testDatabase('keep_temp', createEdgeTable('edges'));

/** Folders of one test: of the output, of `--temp-dir`, and the system's for temporary files. */
let outDir: string;
let tempDir: string;
let systemDir: string;
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ddpp-keep-temp-'));
  [outDir, tempDir, systemDir] = ['out', 'temp', 'system'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [outDir, tempDir, systemDir]) mkdirSync(folder);
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const command = (sql: string, ...args: string[]) => [
  ...['--dsn', database.dsn, '--sql', sql, '--out', join(outDir, 'x.parquet')],
  ...args,
];
const environment = (): CommandOptions => ({ env: { TMPDIR: systemDir } });
const run = (sql: string, ...args: string[]): Promise<CommandResult> =>
  runFastExport(command(sql, ...args), environment());

/** The path on the last line of stderr: of the one file in `folder`, which nobody else can read. */
function keptFile({ stderr }: CommandResult, folder: string): string {
  const path = /\nfast-export: the rows as they came are in (.*)\n$/.exec(`\n${stderr}`)?.[1];
  expect(path, stderr).toBeDefined();
  expect(readdirSync(folder)).toEqual([path!.slice(folder.length + 1)]);
  expect(path).toMatch(/\/x\.parquet\.[0-9a-f]{8}\.csv$/);
  expect(statSync(path!).mode & 0o777).toBe(0o600);
  return path!;
}

/** Loads a CSV file as psql's `\copy table FROM 'path' CSV HEADER` does. */
async function loadCsv(table: string, path: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.dsn });
  await client.connect();
  try {
    await new Promise<void>((resolve, reject) => {
      const copyIn = {
        submit: (wire: { query(sql: string): void }) => wire.query(`COPY ${table} FROM STDIN CSV HEADER`),
        handleCopyInResponse: (wire: { sendCopyFromChunk(bytes: Buffer): void; endCopyFrom(): void }) => {
          wire.sendCopyFromChunk(readFileSync(path));
          wire.endCopyFrom();
        },
        handleCommandComplete: () => {},
        handleReadyForQuery: () => resolve(),
        handleError: reject,
      };
      client.query(copyIn as unknown as pg.Submittable);
    });
  } finally {
    await client.end();
  }
}

describe('the file', () => {
  test('holds the result, so that it can be loaded into an equal table', async () => {
    const result = await run('SELECT * FROM edges', '--keep-temp', '--temp-dir', tempDir);
    expect(result).toMatchObject({ status: 0, stdout: '' });
    expect(result.stderr).toMatch(/^fast-export: wrote /m);
    await database.sql('CREATE TABLE loaded (LIKE edges)');
    await loadCsv('loaded', keptFile(result, tempDir));
    // As text: some types have no equality, and that of floats takes -0 for 0.
    const difference = (one: string, other: string) =>
      `SELECT count(*)::int FROM (SELECT t::text FROM ${one} t EXCEPT ALL SELECT t::text FROM ${other} t) d`;
    const [row] = await database.query(
      `SELECT (${difference('edges', 'loaded')}) AS lost, (${difference('loaded', 'edges')}) AS gained, count(*)::int AS n FROM loaded`,
    );
    const [{ n } = {}] = await database.query('SELECT count(*)::int AS n FROM edges');
    expect(row).toEqual({ lost: 0, gained: 0, n });
    expect(readdirSync(outDir)).toEqual(['x.parquet']);
    expect(readdirSync(systemDir)).toEqual([]);
  });

  test('begins with the names and lies in the system’s directory unless told otherwise; --quiet does not hide it', async () => {
    const result = await run('SELECT 1 AS "a,b", NULL AS c, \'\' AS "É"', '--keep-temp', '--quiet');
    expect(result).toMatchObject({ status: 0, stdout: '' });
    expect(result.stderr.match(/\n/g)).toHaveLength(1);
    expect(readFileSync(keptFile(result, systemDir), 'utf8')).toBe('"a,b",c,É\n1,,""\n');
  });

  test('is one of its own for each run', async () => {
    for (let i = 0; i < 2; i++) await run('SELECT 1', '--keep-temp', '--temp-dir', tempDir);
    expect(readdirSync(tempDir)).toHaveLength(2);
  });
});

describe('after a failure the file stays and its path is printed', () => {
  test('of the server: all rows before it are there', async () => {
    const sql = 'SELECT g AS id, 1 / (150000 - g) AS bad FROM generate_series(1, 2000000) g';
    const result = await run(sql, '--keep-temp', '--temp-dir', tempDir);
    expect(result).toMatchObject({ status: 1, stdout: '' });
    expect(result.stderr).toMatch(/division by zero/);
    const lines = readFileSync(keptFile(result, tempDir), 'utf8').split('\n');
    expect(lines).toHaveLength(150_001);
    expect([lines[0], lines[1], lines.at(-2), lines.at(-1)]).toEqual(['id,bad', '1,0', '149999,1', '']);
    expect(readdirSync(outDir)).toEqual([]);
  });

  test('of a value: its row is there too', async () => {
    const sql = `SELECT g AS id, CASE g WHEN 90000 THEN 'infinity'::date END AS day FROM generate_series(1, 90000) g`;
    const result = await run(sql, '--keep-temp', '--temp-dir', tempDir);
    expect(result).toMatchObject({ status: 1, stdout: '' });
    expect(result.stderr).toMatch(/infinite.*column "day", row 90,000/);
    const lines = readFileSync(keptFile(result, tempDir), 'utf8').split('\n');
    expect(lines.slice(-3)).toEqual(['89999,', '90000,infinity', '']);
  });

  test('of the output: whole rows are there', async () => {
    const child = spawn(
      fastExport,
      command('SELECT g FROM generate_series(1, 3000000) g', '--keep-temp').with(5, '/dev/full'),
      {
        env: { PATH: process.env.PATH, HOME: '/nonexistent', TMPDIR: tempDir },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(stderr).toMatch(/no space is left/);
    const [name] = readdirSync(tempDir);
    expect(stderr).toMatch(new RegExp(`\nfast-export: the rows as they came are in .*/${name}\n$`));
    expect(readFileSync(join(tempDir, name!), 'utf8')).toMatch(/^g\n1\n2\n.*\n\d+\n$/s);
  });
});

/** An export of `sql` whose connection has stopped after some rows; SIGINT ends it. */
async function interrupted(...args: string[]): Promise<{ result: CommandResult; filesMeanwhile: string[] }> {
  const { host, port } = testServer();
  const stallAfter = 500_000;
  const proxy = await startProxy({
    upstream: { host, port },
    // The first connection plans the export, the second one reads the rows.
    faults: (connection) => (connection === 2 ? { stallAfter } : {}),
  });
  try {
    const dsn = new URL(database.dsn);
    dsn.host = `${proxy.host}:${proxy.port}`;
    const sql = 'SELECT g FROM generate_series(1, 3000000) g';
    const running = spawnFastExport(command(sql, ...args).with(1, dsn.href), environment());
    while (proxy.counters.bytesFromServer < stallAfter) await new Promise((next) => setTimeout(next, 5));
    const filesMeanwhile = [outDir, tempDir, systemDir].flatMap((folder) => readdirSync(folder));
    running.child.kill('SIGINT');
    return { result: await running.result, filesMeanwhile };
  } finally {
    await proxy.close();
  }
}

describe('in the middle', () => {
  test('an interrupted export keeps whole rows', async () => {
    const { result } = await interrupted('--keep-temp', '--temp-dir', tempDir);
    expect(result).toMatchObject({ status: 130, stdout: '' });
    const text = readFileSync(keptFile(result, tempDir), 'utf8');
    expect(text).toMatch(/^g\n1\n2\n/);
    const rows = text.split('\n').slice(1);
    expect(rows.length).toBeGreaterThan(10_000);
    expect(rows.at(-1)).toBe('');
    expect(rows.at(-2)).toBe(String(rows.length - 1));
    expect(await otherSessions(database)).toBe(0);
  });

  test('without --keep-temp no row is ever in a file but the output', async () => {
    const { result, filesMeanwhile } = await interrupted('--transport', 'csv', '--temp-dir', tempDir);
    expect(result).toMatchObject({ status: 130, stdout: '' });
    expect(result.stderr).not.toMatch(/as they came/);
    expect(filesMeanwhile).toEqual([expect.stringMatching(/^\.x\.parquet\..*\.partial$/)]);
    expect([outDir, tempDir, systemDir].flatMap((folder) => readdirSync(folder))).toEqual([]);
  });
});

describe('a --temp-dir that cannot be written to', () => {
  test.each([
    ['missing', () => join(root, 'missing'), /no such file or directory/],
    ['a file', () => join(root, 'file'), /a part of the path is not a directory/],
    ['a circle', () => join(root, 'circle'), /its symbolic links run in a circle/],
  ])('%s', async (_, path, message) => {
    writeFileSync(join(root, 'file'), '');
    symlinkSync('circle', join(root, 'circle'));
    const result = await run('SELECT 1', '--keep-temp', '--temp-dir', path());
    expect(result).toMatchObject({ status: 1, stdout: '' });
    const [first, second, ...rest] = result.stderr.split('\n');
    expect(first).toBe(`fast-export: cannot create a file in ${path()}: ${message.source}`);
    expect(second).toMatch(/^hint: /);
    expect(rest).toEqual(['']);
    expect(readdirSync(outDir)).toEqual([]);
  });

  test('a disk that runs full', async () => {
    const sql = "SELECT repeat('a', 1000) AS a FROM generate_series(1, 20000) g";
    const limited = ['-c', 'ulimit -f 2000; exec "$0" "$@"', fastExport];
    const child = spawn('sh', [...limited, ...command(sql, '--keep-temp', '--temp-dir', tempDir)], {
      env: { PATH: process.env.PATH, HOME: '/nonexistent' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(stderr).toMatch(
      /^fast-export: cannot write the intermediate file .*: the file grew larger than allowed\nhint: .*\nfast-export: the rows as they came are in .*\n$/,
    );
    expect(readdirSync(outDir)).toEqual([]);
  });
});
