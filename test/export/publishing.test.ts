import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runFastExport } from '../support/command.ts';
import { testServer } from '../support/server.ts';

let root: string;
let out: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ddpp-publishing-'));
  out = join(root, 'x.parquet');
  writeFileSync(out, 'yesterday');
});
afterEach(() => rmSync(root, { recursive: true }));

/** Runs an export in which one call of the file system fails, or a signal comes with it. */
async function exportWith(fault: string) {
  const told = join(tmpdir(), `ddpp-told-${process.pid}`);
  rmSync(told, { force: true });
  const preload = new URL('../../faults/preload/disk.ts', import.meta.url).href;
  const env = { NODE_OPTIONS: `--import=${preload}`, FAULT_DISK: fault, FAULT_DISK_TOLD: told };
  const sql = 'SELECT g FROM generate_series(1, 1000) g';
  const args = ['--dsn', testServer().dsn, '--sql', sql, '--out', out, '--quiet'];
  const result = await runFastExport(args, { env });
  expect(existsSync(told)).toBe(true);
  expect(readdirSync(root)).toEqual(['x.parquet']);
  return { ...result, replaced: statSync(out).size > 100 };
}

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s', (signal) => {
  test('when the file has its name comes too late', async () => {
    expect(await exportWith(`rename:1:${signal}`)).toMatchObject({ status: 0, stderr: '', replaced: true });
  });

  test('while the directory is flushed comes too late', async () => {
    expect(await exportWith(`fsyncDirectory:1:${signal}`)).toMatchObject({
      status: 0,
      stderr: '',
      replaced: true,
    });
  });
});

test.each(['fsync', 'rename'])('where %s fails the earlier file stays', async (call) => {
  const { status, stderr } = await exportWith(`${call}:1:ENOSPC`);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `fast-export: cannot write ${out}: no space is left on the device\nhint: free some space there, or write to another file system\n`,
  });
  expect(readFileSync(out, 'utf8')).toBe('yesterday');
});

test('a directory that cannot be flushed is an error that says that the file is there', async () => {
  const { status, stderr, replaced } = await exportWith('fsyncDirectory:1:EIO');
  expect({ status, replaced }).toEqual({ status: 1, replaced: true });
  expect(stderr).toBe(
    `fast-export: ${out} is complete, but its directory cannot be flushed: the device reported an error\nhint: after a crash of the system look whether it is still there\n`,
  );
});
