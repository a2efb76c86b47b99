import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fastExport, runFastExport, spawnFastExport } from '../support/command.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ddpp-cli-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const PASSWORD_WARNING =
  'fast-export: warning: others may have seen --password in the process list while the program started; keep it in ~/.pgpass\n';
const needed = () => ['--sql', 'select 1', '--out', join(dir, 'x.parquet')];

test('importing the module does nothing', () => {
  const main = new URL('../../src/cli/main.ts', import.meta.url).href;
  const script = `const before = process.title; await import(${JSON.stringify(main)});
    console.log(process.title === before, process.exitCode, process.listenerCount('SIGINT'));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect([stdout, stderr]).toEqual(['true undefined 0\n', '']);
});

test('--version and --help print to stdout alone', async () => {
  expect(await runFastExport(['--version'])).toEqual({
    status: 0,
    signal: null,
    stdout: `fast-export ${version}\n`,
    stderr: '',
  });
  const help = await runFastExport(['--help']);
  expect(help).toMatchObject({ status: 0, stderr: '' });
  expect(help.stdout).toMatch(/^Usage: fast-export .*--sql.*Exit status: 0.*\n$/s);
});

test('a wrong command line ends with status 2, two lines, and nothing touched', async () => {
  const result = await runFastExport([...needed(), '--port', '99999', '--password', 'hunter2']);
  expect(result).toEqual({
    status: 2,
    signal: null,
    stdout: '',
    stderr: 'fast-export: --port cannot be "99999"\nhint: give a whole number from 1 to 65535\n',
  });
  expect(readdirSync(dir)).toEqual([]);
});

test('a reader of stderr that has gone changes nothing', async () => {
  const child = spawn(process.execPath, [fastExport, '--bogus'], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.destroy();
  expect(await once(child, 'exit')).toEqual([2, null]);
});

test('a failed export ends with status 1 and two lines; --verbose adds the stack', async () => {
  const nowhere = [...needed(), '--host', dir, '--user', 'u', '--password', 'hunter2'];
  const result = await runFastExport([...nowhere, '--quiet']);
  expect(result).toMatchObject({ status: 1, stdout: '' });
  expect(result.stderr.replace(PASSWORD_WARNING, '')).toMatch(/^fast-export: .*\nhint: .*\n$/);
  const verbose = await runFastExport([...nowhere, '--verbose']);
  expect(verbose.stderr).toMatch(/\n {4}at /);
  expect(result.stderr + verbose.stderr).not.toContain('hunter2');
  expect(readdirSync(dir)).toEqual([]);
});

test('a signal ends it while the server is silent, and the process list shows no password', async () => {
  const statuses = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  const interrupt = async (signal: keyof typeof statuses) => {
    const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const connected = once(server, 'connection');
    const credentials = ['--user', 'u', '--password', 'hunter2'];
    const command = spawnFastExport([
      ...needed(),
      // On a busy machine there would be a line of progress.
      '--quiet',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      ...credentials,
    ]);
    await connected;
    if (process.platform === 'linux') {
      const commandLine = readFileSync(`/proc/${command.child.pid}/cmdline`, 'latin1');
      expect(commandLine.replace(/\0+$/, '')).toBe('fast-export');
    }
    command.child.kill(signal);
    expect(await command.result).toEqual({
      status: statuses[signal],
      signal: null,
      stdout: '',
      stderr: `${PASSWORD_WARNING}fast-export: interrupted by ${signal}; the query was cancelled and no partial file was left\n`,
    });
    server.close();
  };
  await Promise.all([interrupt('SIGINT'), interrupt('SIGTERM'), interrupt('SIGHUP')]);
  expect(readdirSync(dir)).toEqual([]);
});

test('says that the parent process has ended where tools/own-node.js is gone', async () => {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const script = fileURLToPath(new URL('../../tools/own-node-child.js', import.meta.url));
  const args = [...needed(), '--user', 'u', '--quiet', '--host', '127.0.0.1', '--port', String(port)];
  const connected = once(server, 'connection');
  const child = spawn(process.execPath, ['--', script, ...args], {
    env: { PATH: process.env.PATH, HOME: '/nonexistent' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr!.on('data', (text) => {
    stderr += text;
  });
  const ended = Promise.all([once(child, 'exit'), once(child.stderr!, 'end')]);
  await connected;
  child.disconnect();
  expect((await ended)[0]).toEqual([143, null]);
  expect(stderr).toBe(
    'fast-export: interrupted, as the parent process has ended; the query was cancelled and no partial file was left\n',
  );
  server.close();
});

test('a second signal ends the process at once, and the partial file with it', async () => {
  const url = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
  const script = `import { openSink } from ${url('sink/open.ts')};
    import { InterruptWatch } from ${url('cli/interrupt.ts')};
    const watch = new InterruptWatch();
    await openSink(${JSON.stringify(join(dir, 'x'))});
    watch.signal.addEventListener('abort', () => console.log('aborted'));
    setInterval(() => {}, 1000);
    console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const seen: string[] = [];
  const status = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  for await (const text of child.stdout.setEncoding('utf8')) {
    seen.push(text);
    child.kill(seen.length === 1 ? 'SIGTERM' : 'SIGINT');
  }
  expect(seen).toEqual(['ready\n', 'aborted\n']);
  expect(await status).toBe(130);
  expect(readdirSync(dir)).toEqual([]);
});
