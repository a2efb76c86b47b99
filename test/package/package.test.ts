import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oldNode } from '../support/old-node.ts';
import { testServer } from '../support/server.ts';
import { documents, type InstalledPackage, installPackage, npm } from './installed-package.ts';

let ddpp: InstalledPackage;
beforeAll(() => {
  ddpp = installPackage();
}, 180_000);
afterAll(() => ddpp.remove());

function command(): string {
  return join(ddpp.folder, 'node_modules', 'ddpp', 'bin', 'fast-export.js');
}

test('the package holds the program and its documents, and nothing else', () => {
  expect(ddpp.files).toEqual(
    expect.arrayContaining([
      'package.json',
      'bin/fast-export.js',
      'bin/program.js',
      'bundle/main.cjs',
      'bundle/LICENSES.txt',
      'dist/index.d.ts',
      ...documents,
    ]),
  );
  const program = /^dist\/.*\.(js|d\.ts)$|^bundle\/([\w.-]+\.cjs|LICENSES\.txt)$|^bin\/\w[\w-]*\.js$/;
  const others = ddpp.files.filter((path) => !program.test(path));
  expect(others.toSorted()).toEqual([...documents, 'package.json', 'schema/exports.json'].toSorted());
});

test('nothing of what users install runs a script at installation', () => {
  const lock = JSON.parse(readFileSync(join(ddpp.folder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean }>;
  };
  expect(Object.keys(lock.packages)).toContain('node_modules/ddpp');
  const withScript = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  expect(withScript.map(([name]) => name)).toEqual([]);
});

test('the installed command runs by its name', () => {
  const path = [join(ddpp.folder, 'node_modules', '.bin'), dirname(process.execPath)].join(delimiter);
  const run = spawnSync('fast-export', ['--version'], { env: { PATH: path }, encoding: 'utf8' });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect(run.stdout).toMatch(VERSION_LINE);
});

const VERSION_LINE = /^fast-export \d+\.\d+\.\d+\n$/;

test('a global install gives the command', () => {
  const prefix = join(ddpp.folder, 'global');
  npm(['install', '--global', '--silent', '--prefer-offline', '--prefix', prefix, ddpp.tarball], ddpp.folder);
  const run = spawnSync(join(prefix, 'bin', 'fast-export'), ['--version'], {
    env: { PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter) },
    encoding: 'utf8',
  });
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect(run.stdout).toMatch(VERSION_LINE);
}, 60_000);

test('npx runs the command of the package', () => {
  const env = {
    ...process.env,
    npm_config_cache: join(ddpp.folder, 'npx'),
    npm_config_update_notifier: 'false',
  };
  const args = ['--yes', '--silent', `ddpp@file:${ddpp.tarball}`, '--version'];
  const run = spawnSync('npx', args, { cwd: ddpp.folder, env, encoding: 'utf8' });
  expect(run).toMatchObject({ status: 0 });
  expect(run.stdout).toMatch(VERSION_LINE);
}, 60_000);

test('the installed command exports, with its worker threads', async () => {
  const out = join(ddpp.folder, 'numbers.parquet');
  const sql = "SELECT n, 'row ' || n AS text FROM generate_series(1, 30000) AS n";
  const result = spawnSync(
    process.execPath,
    [command(), '--dsn', testServer().dsn, '--sql', sql, '--out', out],
    { encoding: 'utf8' },
  );
  expect(result).toMatchObject({ status: 0, stdout: '' });
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(out), compressors });
  expect(rows).toHaveLength(30_000);
  expect(rows[12_344]).toEqual({ n: 12_345, text: 'row 12345' });
});

test('the installed command makes a product', async () => {
  const config = join(ddpp.folder, 'exports.yaml');
  writeFileSync(config, 'root: products\nexports:\n- {name: one, sql: SELECT 1 AS n}\n');
  const args = ['--config', config, '--dsn', testServer().dsn, '--log-format', 'json'];
  const result = spawnSync(process.execPath, [command(), ...args], { encoding: 'utf8' });
  expect(result).toMatchObject({ status: 0, stdout: '' });
  const file = await asyncBufferFromFile(join(ddpp.folder, 'products', 'latest', 'one.parquet'));
  expect(await parquetReadObjects({ file, compressors })).toEqual([{ n: 1 }]);
});

const old = oldNode();
test.skipIf(old === undefined)('an old Node gets one line that says what is needed and what runs', () => {
  const { status, stdout, stderr } = spawnSync(old!, [command(), '--version'], { encoding: 'utf8' });
  const version = execFileSync(old!, ['--version'], { encoding: 'utf8' }).trim();
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: `fast-export: needs Node.js 22.15 or newer; this is ${version} (${old})\n`,
  });
});
