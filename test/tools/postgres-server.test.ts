import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, test } from 'vitest';
import { startPostgres } from '../../tools/postgres-server.ts';
import { testServer } from '../support/server.ts';

const serverModule = fileURLToPath(new URL('../../tools/postgres-server.ts', import.meta.url));

test('gives a server with the settings, encoding and access rules that were asked for, and removes it', async () => {
  const server = await startPostgres({
    binDir: testServer().binDir,
    settings: { work_mem: '7MB', 'app.note': "it's" },
    hba: ['host all trusted 127.0.0.1/32 trust'],
    initdbArgs: ['--encoding=SQL_ASCII'],
  });
  try {
    const overSocket = new pg.Client({ ...server, host: server.socketDir });
    await overSocket.connect();
    const { rows } = await overSocket.query(
      `SELECT current_setting('work_mem') AS mem, current_setting('app.note') AS note,
              current_setting('server_encoding') AS encoding`,
    );
    await overSocket.query('CREATE ROLE trusted LOGIN');
    await overSocket.end();
    expect(rows).toEqual([{ mem: '7MB', note: "it's", encoding: 'SQL_ASCII' }]);

    const withoutPassword = new pg.Client({
      host: server.host,
      port: server.port,
      user: 'trusted',
      database: 'postgres',
    });
    await withoutPassword.connect();
    await withoutPassword.end();

    const wrongPassword = new pg.Client({ ...server, password: 'wrong' });
    await expect(wrongPassword.connect()).rejects.toMatchObject({ code: '28P01' });
  } finally {
    await server.stop();
  }
  expect(existsSync(server.dataDir)).toBe(false);
  expect(isAlive(server.pid)).toBe(false);
});

test('a server that does not come up is an error with the end of its log, and leaves no files', async () => {
  const failure = startPostgres({ binDir: testServer().binDir, settings: { shared_buffers: 'plenty' } });
  await expect(failure).rejects.toThrow(/invalid value for parameter "shared_buffers": "plenty"/);
});

test.each(['fast', 'immediate'] as const)('a restart (%s) ends sessions and keeps data', async (mode) => {
  const settings = { synchronous_commit: true };
  const server = await startPostgres({ binDir: testServer().binDir, settings });
  try {
    const before = new pg.Client({ ...server });
    const ended = new Promise((resolve) => before.on('error', () => {}).once('end', resolve));
    await before.connect();
    await before.query('CREATE TABLE kept AS SELECT 1 AS a');
    const { pid } = server;
    await server.restart(mode);
    await ended;
    expect(server.pid).not.toBe(pid);
    const after = new pg.Client({ ...server });
    await after.connect();
    expect((await after.query('SELECT a FROM kept')).rows).toEqual([{ a: 1 }]);
    await after.end();
  } finally {
    await server.stop();
  }
  expect(existsSync(server.dataDir)).toBe(false);
});

test('the server goes with its parent, even if that is killed', async () => {
  const program = `import { startPostgres } from ${JSON.stringify(serverModule)};
    const { pid, dataDir } = await startPostgres({ binDir: ${JSON.stringify(testServer().binDir)} });
    console.log(JSON.stringify({ pid, dataDir }));
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout, 'data');
  const { pid, dataDir } = JSON.parse(String(line)) as { pid: number; dataDir: string };
  expect(isAlive(pid)).toBe(true);
  expect(existsSync(dataDir)).toBe(true);

  parent.kill('SIGKILL');
  await once(parent, 'exit');
  while (isAlive(pid) || existsSync(dataDir)) await new Promise((resolve) => setTimeout(resolve, 20));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
