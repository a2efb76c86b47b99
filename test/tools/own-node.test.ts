import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oldNode } from '../support/old-node.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Stands for the command: says what it got, and ends as it is told to. */
const standIn = `
export async function main(argv: string[]): Promise<void> {
  const [mode] = argv as [string];
  console.log(JSON.stringify({ argv, node: process.version }));
  if (mode === 'status') process.exitCode = Number(argv[1]);
  if (mode === 'die') process.kill(process.pid, 'SIGKILL');
  if (mode !== 'wait') return;
  let count = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      count++;
      setTimeout(() => {
        console.log(signal + ' ' + count);
        process.exit(42);
      }, 600);
    });
  }
  console.log('ready');
  setInterval(() => {}, 1000);
}`;

const node = oldNode();

describe.skipIf(node === undefined)('a checkout under a Node that is too old', () => {
  let checkout: string;
  beforeAll(() => {
    checkout = mkdtempSync(join(tmpdir(), 'ddpp-checkout-'));
    for (const folder of ['bin', 'tools'])
      cpSync(join(root, folder), join(checkout, folder), { recursive: true });
    mkdirSync(join(checkout, 'src', 'cli'), { recursive: true });
    writeFileSync(join(checkout, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(checkout, 'src', 'cli', 'main.ts'), standIn);
    symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
  });
  afterAll(() => rmSync(checkout, { recursive: true }));

  const command = (...args: string[]) => [join(checkout, 'bin', 'fast-export.js'), ...args];
  const run = (...args: string[]) => spawnSync(node!, command(...args), { encoding: 'utf8' });

  /** Starts the stand-in in a process group of its own, as a shell does, and waits until it listens for signals. */
  async function start(): Promise<{ child: ChildProcess; output: () => string; exit: Promise<unknown[]> }> {
    const child = spawn(node!, command('wait'), { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout!.on('data', (text) => {
      output += text;
    });
    const exit = once(child, 'close');
    while (!output.includes('ready')) await once(child.stdout!, 'data');
    return { child, output: () => output, exit };
  }

  test("re-executes the project's own Node with the same arguments", () => {
    const { status, stdout, stderr } = run('a b', '--c=d');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ argv: ['a b', '--c=d'], node: process.version });
  });

  test('passes on the exit status and a death by signal', () => {
    expect(run('status', '2')).toMatchObject({ status: 2, signal: null });
    expect(run('die')).toMatchObject({ status: null, signal: 'SIGKILL' });
    const shell = spawnSync('/bin/sh', ['-c', '"$@"; echo $?', 'sh', node!, ...command('die')], {
      encoding: 'utf8',
    });
    expect(shell.stdout).toMatch(/^137$/m);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s to the parent alone reaches the command once',
    async (signal) => {
      const { child, output, exit } = await start();
      child.kill(signal);
      expect(await exit).toEqual([42, null]);
      expect(output()).toContain(`${signal} 1`);
    },
  );

  test('SIGINT to the process group, as a terminal sends it, reaches the command once', async () => {
    const { child, output, exit } = await start();
    process.kill(-child.pid!, 'SIGINT');
    expect(await exit).toEqual([42, null]);
    expect(output()).toContain('SIGINT 1');
  });

  test.runIf(process.platform === 'linux')('the arguments are not in the process list', async () => {
    const { child, exit } = await start();
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
    for (const pid of [child.pid, children]) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, '')).toBe('fast-export');
    }
    child.kill('SIGTERM');
    await exit;
  });

  test('the command is told to stop when the parent is killed', async () => {
    const { child, output, exit } = await start();
    child.kill('SIGKILL');
    await exit; // of the pipe too, which the command holds
    expect(output()).toContain('SIGTERM 1');
  });

  test('says in one line what to do where the own Node is missing', () => {
    rmSync(join(checkout, 'node_modules'));
    const { status, stdout, stderr } = run('x');
    symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr: `fast-export: this checkout's own Node.js is missing; run "npm ci" in ${checkout}\n`,
    });
  });
});
