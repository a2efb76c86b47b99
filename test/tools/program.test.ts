import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Stands for the program: says where it was loaded from. */
const bundled = "exports.main = async () => console.log('bundle');";
const unbundled = "export async function main(): Promise<void> { console.log('source'); }";

let checkout: string;
let source: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'ddpp checkout #'));
  source = join(checkout, 'src', 'cli', 'main.ts');
  cpSync(join(root, 'bin'), join(checkout, 'bin'), { recursive: true });
  mkdirSync(join(checkout, 'src', 'cli'), { recursive: true });
  mkdirSync(join(checkout, 'bundle'));
  writeFileSync(join(checkout, 'package.json'), '{ "type": "module" }');
  writeFileSync(source, unbundled);
  writeFileSync(join(checkout, 'bundle', 'main.cjs'), bundled);
  const { size, mtimeMs } = statSync(source);
  const sources = [{ path: 'src/cli/main.ts', bytes: size, changedMs: mtimeMs }];
  writeFileSync(join(checkout, 'bundle', 'sources.json'), JSON.stringify({ sources }));
});
afterEach(() => rmSync(checkout, { recursive: true }));

function run(): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['--', join(checkout, 'bin', 'fast-export.js')], {
    encoding: 'utf8',
    env: { HOME: '/nonexistent' },
  });
  return stdout + stderr;
}

test('the bundle is run where the sources are those that it was made of', () => {
  expect(run()).toBe('bundle\n');
});

test('sources that have changed since are run themselves', () => {
  const { atime, mtimeMs } = statSync(source);
  utimesSync(source, atime, mtimeMs / 1000 + 1);
  expect(run()).toBe('source\n');
});

test('as are those of another length, whatever their time', () => {
  const { atime, mtime } = statSync(source);
  writeFileSync(source, `${unbundled}\n`);
  utimesSync(source, atime, mtime);
  expect(run()).toBe('source\n');
});

test('and where one of the sources is gone', () => {
  writeFileSync(
    join(checkout, 'bundle', 'sources.json'),
    JSON.stringify({ sources: [{ path: 'src/gone.ts', bytes: 1, changedMs: 1 }] }),
  );
  expect(run()).toBe('source\n');
});

test('and where making the bundle was not finished', () => {
  rmSync(join(checkout, 'bundle', 'sources.json'));
  expect(run()).toBe('source\n');
});

test('a package has no sources, and runs its bundle', () => {
  rmSync(join(checkout, 'src'), { recursive: true });
  rmSync(join(checkout, 'bundle', 'sources.json'));
  expect(run()).toBe('bundle\n');
});
