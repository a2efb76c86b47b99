import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSink } from '../../src/sink/open.ts';
import { runElsewhere, startWriter } from './elsewhere.ts';

/** Runs a command where the time since boot, and with it the start time of every process, is another. */
const shiftedTime = ['unshare', '--time', '--boottime', '100000', '--fork'];
const mayShiftTime = spawnSync(shiftedTime[0]!, [...shiftedTime.slice(1), 'true']).status === 0;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ddpp-sink-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe('partial files of other processes', () => {
  test('stay while the process lives, and go once it is dead', async () => {
    const out = join(dir, 'x.parquet');
    const writer = await startWriter(out);
    const [partial] = readdirSync(dir);
    await (await openSink(out)).abort();
    expect(readdirSync(dir)).toEqual([partial]);
    await writer.kill();
    expect(readdirSync(dir)).toEqual([partial]);
    await (await openSink(join(dir, 'x'))).abort();
    await (await openSink(join(dir, 'other.parquet'))).abort();
    expect(readdirSync(dir)).toEqual([partial]);
    await (await openSink(out)).abort();
    expect(readdirSync(dir)).toEqual([]);
  });

  test('go when their process number belongs to a later process, and stay where that is not provable', async () => {
    const out = join(dir, 'x');
    const writer = await startWriter(out);
    const [name] = readdirSync(dir) as [string];
    await writer.kill();
    rmSync(join(dir, name));
    const fields = name.split('.');
    const [HOST, BOOT, NAMESPACES, PID, START] = [2, 3, 4, 5, 6];
    const variant = (changes: Record<number, string>) =>
      fields.map((field, i) => changes[i] ?? field).join('.');
    const reused = variant({ [PID!]: String(process.pid) });
    const kept = [
      variant({ [HOST!]: 'elsewhere' }),
      variant({ [BOOT!]: '0'.repeat(32) }),
      variant({ [NAMESPACES!]: fields[NAMESPACES!]!.replace(/^\d+/, '1') }),
      variant({ [NAMESPACES!]: fields[NAMESPACES!]!.replace(/\d+$/, '1'), [PID!]: String(process.pid) }),
      variant({ [START!]: 'x' }),
    ];
    for (const each of [reused, ...kept]) writeFileSync(join(dir, each), '');
    await (await openSink(out)).abort();
    expect(readdirSync(dir).sort()).toEqual(kept.sort());
  });

  test.runIf(mayShiftTime)('stay while the process lives, seen from another time namespace too', async () => {
    const out = join(dir, 'x');
    const writer = await startWriter(out);
    const [partial] = readdirSync(dir);
    const open = `await (await openSink(${JSON.stringify(out)})).abort(); console.log('opened');`;
    expect(runElsewhere(open, shiftedTime)).toBe('opened\n');
    expect(readdirSync(dir)).toEqual([partial]);
    await writer.kill();
  });

  test('a process that exits early removes its own', () => {
    const out = join(dir, 'x');
    const openAndTell = `await openSink(${JSON.stringify(out)}); console.log('open');`;
    expect(runElsewhere(`${openAndTell} process.exit(3);`)).toBe('open\n');
    expect(runElsewhere(`${openAndTell} throw new Error('a defect');`)).toBe('open\n');
    expect(readdirSync(dir)).toEqual([]);
  });
});
