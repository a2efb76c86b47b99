import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FlushBehind } from '../../src/sink/flush-behind.ts';

const ENOUGH = 64 << 20;

test('a flush that failed while more was written is told at the end, whatever the last one says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ddpp-flush-'));
  const fd = openSync(join(folder, 'file'), 'w');
  closeSync(fd);
  const flushing = new FlushBehind(fd);
  flushing.add(ENOUGH - 1);
  await flushing.stop();
  flushing.add(1);
  await flushing.stop();
  // The same number: the system gives the lowest that is free.
  expect(openSync(join(folder, 'file'), 'w')).toBe(fd);
  await expect(flushing.end()).rejects.toMatchObject({ code: 'EBADF', syscall: 'fsync' });
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

test('without a failure the end has none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ddpp-flush-'));
  const fd = openSync(join(folder, 'file'), 'w');
  const flushing = new FlushBehind(fd);
  for (let i = 0; i < 4; i++) flushing.add(ENOUGH);
  await flushing.end();
  closeSync(fd);
  rmSync(folder, { recursive: true });
});
