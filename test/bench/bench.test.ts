import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { chart } from '../../bench/chart.ts';
import { markdown, median, ratios } from '../../bench/results.ts';
import { python } from '../support/python.ts';
import { testDatabase } from '../support/server.ts';

const database = testDatabase('bench');
const run = promisify(execFile);
const script = (name: string) => fileURLToPath(new URL(`../../bench/${name}.ts`, import.meta.url));
const docs = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));

const row = (wall: number) => ({ wall, cpu: 2 * wall, memory: 3e6 * wall, file: 0 });

test('medians, and ratios round by round', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  const ours = [1, 2, 4].map(row);
  const theirs = [2, 2, 16].map(row);
  expect(ratios(ours, theirs)).toMatchObject({ wall: 0.5, cpu: 0.5, memory: 0.5 });
  const text = markdown(
    new Map([
      [
        't',
        new Map([
          ['ours', ours],
          ['theirs', theirs],
        ]),
      ],
    ]),
  );
  expect(text).toContain('| t | ours | 2.00 | 4.00 | 6 |  |');
  expect(text).toContain('| t | theirs | 0.50 | 0.50 | 0.50 |  |');
});

test('the chart has a bar for each median', () => {
  const svg = chart(
    new Map([
      [
        'a<b',
        new Map([
          ['ours', [row(1)]],
          ['theirs', [row(2)]],
        ]),
      ],
    ]),
  );
  expect(svg).toMatch(/^<svg /);
  expect(svg).toContain('a&lt;b');
  const widths = [...svg.matchAll(/width="([\d.]+)" height="12"/g)].map(([, width]) => Number(width));
  expect(widths[1]! / widths[0]!).toBeCloseTo(2, 2);
});

test.skipIf(python() === null)(
  'npm run bench builds the tables, checks the counts, and writes table and chart',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ddpp-bench-test-'));
    copyFileSync(docs, join(folder, 'benchmarks.md'));
    const args = [
      '--python',
      python()!,
      '--dsn',
      database.dsn,
      '--scale',
      '0.0005',
      '--rounds',
      '1',
      '--docs',
      folder,
    ];
    const bench = (...more: string[]) => run(process.execPath, [script('run'), ...args, ...more]);
    const first = await bench('--tables', 'diasource,obs_sbn', '--programs', 'one job,psql drain,duckdb');
    expect(first.stdout).toMatch(/filling obs_sbn with 500 rows/);
    const text = readFileSync(join(folder, 'benchmarks.md'), 'utf8');
    expect(text).toMatch(/\| diasource \| one job \| \d+\.\d\d \|/);
    expect(text).toMatch(/\| obs_sbn \| one job \| \d+\.\d\d \|/);
    for (const peer of ['psql drain', 'duckdb']) {
      expect(text).toMatch(new RegExp(`${peer} is left out: .+|\\| obs_sbn \\| ${peer} \\| [\\d.]+ \\|`));
    }
    expect(readFileSync(join(folder, 'benchmarks.svg'), 'utf8')).toContain('obs_sbn');
    // The tables are found again, and the results replace the ones before.
    const again = await bench('--tables', 'lineitem', '--programs', 'one job');
    expect(again.stdout).toMatch(/the tables of scale 0.0005 are there/);
    const replaced = readFileSync(join(folder, 'benchmarks.md'), 'utf8');
    expect(replaced).toMatch(/\| lineitem \| one job \|/);
    expect(replaced).not.toMatch(/obs_sbn \| one job/);
    // A file that lacks rows is an error.
    await database.sql('DELETE FROM ddpp_bench.lineitem WHERE l_orderkey = 7');
    await expect(bench('--tables', 'lineitem', '--programs', 'one job')).rejects.toThrow(
      /wrote 1499 of 1500 rows/,
    );
    rmSync(folder, { recursive: true });
  },
);

test('the micro-benchmark times decoder and encoder on recorded bytes', async () => {
  const { stdout } = await run(process.execPath, [
    script('micro'),
    '--dsn',
    database.dsn,
    '--scale',
    '0.0005',
    '--rounds',
    '1',
  ]);
  for (const table of ['diasource', 'mpc_orbits', 'obs_sbn']) {
    expect(stdout).toMatch(new RegExp(`${table} +binary +decode +[\\d.]+ MB/s`));
    expect(stdout).toMatch(new RegExp(`${table} +csv +decode and encode +[\\d.]+ MB/s`));
  }
});
