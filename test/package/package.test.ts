import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oldNode } from '../support/old-node.ts';
import { testServer } from '../support/server.ts';

/** What the package is made from: a copy, so that packing does not build into the checkout while other tests run. */
const ingredients = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'bin', 'src'];
const documents = ['README.md', 'LICENSE', 'CHANGELOG.md'];

const root = fileURLToPath(new URL('../../', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'ddpp-package-'));
const installed = join(work, 'installed');
const command = join(installed, 'node_modules', 'ddpp', 'bin', 'fast-export.js');

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}
let packed: Packed;

beforeAll(() => {
  const source = join(work, 'source');
  for (const name of [...ingredients, ...documents]) {
    cpSync(join(root, name), join(source, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(source, 'node_modules'));
  const report = npm(['pack', '--json', '--silent', '--pack-destination', work], source);
  [packed] = JSON.parse(report.slice(report.indexOf('['))) as [Packed];
  mkdirSync(installed);
  npm(['install', '--silent', '--prefer-offline', join(work, packed.filename)], installed);
}, 180_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

function npm(args: readonly string[], cwd: string): string {
  return execFileSync('npm', [...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

test('the package holds the program and its documents, and nothing else', () => {
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'package.json',
      'bin/fast-export.js',
      'dist/cli/main.js',
      'dist/index.d.ts',
      ...documents,
    ]),
  );
  const others = paths.filter((path) => !/^dist\/.*\.(js|d\.ts)$|^bin\/fast-export\.js$/.test(path));
  expect(others.toSorted()).toEqual([...documents, 'package.json'].toSorted());
});

test('nothing of what users install runs a script at installation', () => {
  const lock = JSON.parse(readFileSync(join(installed, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean }>;
  };
  expect(Object.keys(lock.packages)).toContain('node_modules/ddpp');
  const withScript = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  expect(withScript.map(([name]) => name)).toEqual([]);
});

test('the installed command runs by its name', () => {
  const path = [join(installed, 'node_modules', '.bin'), dirname(process.execPath)].join(delimiter);
  const run = spawnSync('fast-export', ['--version'], { env: { PATH: path }, encoding: 'utf8' });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect(run.stdout).toMatch(/^fast-export \d+\.\d+\.\d+\n$/);
});

test('the installed command exports, with its worker threads from dist', async () => {
  const out = join(work, 'numbers.parquet');
  const sql = "SELECT n, 'row ' || n AS text FROM generate_series(1, 30000) AS n";
  const result = spawnSync(
    process.execPath,
    [command, '--dsn', testServer().dsn, '--sql', sql, '--out', out],
    { encoding: 'utf8' },
  );
  expect(result).toMatchObject({ status: 0, stdout: '' });
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(out), compressors });
  expect(rows).toHaveLength(30_000);
  expect(rows[12_344]).toEqual({ n: 12_345, text: 'row 12345' });
});

test('the public interface can be imported', () => {
  const program = "const { exportToParquet } = await import('ddpp'); console.log(typeof exportToParquet)";
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: installed,
    encoding: 'utf8',
  });
  expect(output).toBe('function\n');
});

const old = oldNode();
test.skipIf(old === undefined)('an old Node gets one line that says what is needed and what runs', () => {
  const { status, stdout, stderr } = spawnSync(old!, [command, '--version'], { encoding: 'utf8' });
  const version = execFileSync(old!, ['--version'], { encoding: 'utf8' }).trim();
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: `fast-export: needs Node.js 22.15 or newer; this is ${version} (${old})\n`,
  });
});
