import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { resolveConninfo } from '../../src/postgres/connect/conninfo.ts';
import { Session } from '../../src/postgres/session.ts';
import { errorResponse, type RogueServer, startRogue } from '../postgres/rogue-server.ts';
import { type Gate, startGate } from '../slices/gate.ts';
import { runFastExport, spawnFastExport } from '../support/command.ts';
import { freePort } from '../support/free-port.ts';
import { testDatabase, testServer } from '../support/server.ts';

const database = testDatabase('retries', "CREATE ROLE retries_alone LOGIN PASSWORD 'x' CONNECTION LIMIT 1");

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function rogue(reply: Buffer | 'close'): Promise<RogueServer> {
  const server = await startRogue([reply]);
  cleanups.push(() => server.close());
  return server;
}

/** The database behind a gate, whose first connections go to what does not serve; counts the connections. */
async function servingFrom(connection: number, before: RogueServer) {
  const { host, port } = testServer();
  let connections = 0;
  const gate: Gate = await startGate({
    upstream: async (index) => {
      connections = index;
      return index < connection ? { host: '127.0.0.1', port: before.port } : { host, port };
    },
  });
  cleanups.push(() => gate.close());
  return { dsn: gate.dsn(database.dsn), connections: () => connections };
}

/** Connects; gives the log, and the error where it fails. */
async function connected(dsn: string, retries = 3, onLog = (_line: string) => {}) {
  const log: string[] = [];
  const keep = (line: string) => {
    log.push(line);
    onLog(line);
  };
  try {
    const session = await Session.open(resolveConninfo({ dsn }), 1 << 20, { retries, onLog: keep });
    await session.close();
    return { log, error: null };
  } catch (error) {
    return { log, error: error as Error & { sqlState?: string } };
  }
}

describe('connecting is tried again', () => {
  test.each([
    [
      'a server that is starting',
      errorResponse('57P03', 'the database system is starting up'),
      /starting up/,
    ],
    ['a server in recovery', errorResponse('57P03', 'the database system is in recovery mode'), /recovery/],
    ['a server that is stopped', errorResponse('57P01', 'terminating connection'), /terminating/],
    ['too many connections', errorResponse('53300', 'sorry, too many clients already'), /too many clients/],
    ['a server that closes', 'close' as const, /closed the connection|ECONNRESET/],
  ])('after %s', async (_, reply, reason) => {
    const { dsn, connections } = await servingFrom(3, await rogue(reply));
    const { log, error } = await connected(dsn);
    expect(error).toBeNull();
    expect(log).toEqual([
      expect.stringMatching(/; trying again \(1 of 3\)$/),
      expect.stringMatching(/; trying again \(2 of 3\)$/),
    ]);
    expect(log[0]).toMatch(reason);
    expect(connections()).toBe(3);
  });

  test('after a refused connection, until somebody listens', async () => {
    const port = await freePort();
    const upstream = testServer();
    const dsn = new URL(database.dsn);
    dsn.host = `127.0.0.1:${port}`;
    const listener = createServer((client) => {
      client.pipe(connect({ host: upstream.host, port: upstream.port })).pipe(client);
    });
    cleanups.push(() => new Promise((resolve) => listener.close(resolve)));
    const { log, error } = await connected(dsn.href, 3, () => {
      if (!listener.listening) listener.listen(port, '127.0.0.1');
    });
    expect(error).toBeNull();
    expect(log).toEqual([expect.stringContaining(`port ${port}: connection refused; trying again (1 of 3)`)]);
  });

  test("when the role's only connection has ended", async () => {
    const dsn = new URL(database.dsn);
    dsn.username = 'retries_alone';
    dsn.password = 'x';
    const holder = new pg.Client({ connectionString: dsn.href });
    await holder.connect();
    const { log, error } = await connected(dsn.href, 100, () => void holder.end());
    expect(error).toBeNull();
    expect(log[0]).toMatch(/too many connections for role "retries_alone"; trying again \(1 of 100\)/);
  });

  test('over all hosts in each round', async () => {
    const starting = await rogue(errorResponse('57P03', 'the database system is starting up'));
    const port = await freePort();
    const dsn = `host=127.0.0.1,127.0.0.1 port=${port},${starting.port} user=u dbname=d sslmode=disable`;
    const { log, error } = await connected(dsn, 1);
    expect(log).toHaveLength(1);
    for (const message of [log[0]!, error!.message]) {
      expect(message).toMatch(new RegExp(`port ${port}: connection refused; .*starting up`));
    }
    expect(error).toMatchObject({ code: 'connection', sqlState: '57P03' });
  });
});

describe('connecting is not tried again', () => {
  test.each([
    [
      'a wrong password',
      (dsn: URL) => {
        dsn.password = 'wrong';
      },
      '28P01',
    ],
    [
      'an unknown database',
      (dsn: URL) => {
        dsn.pathname = '/no_such_database';
      },
      '3D000',
    ],
    [
      'a server without TLS that must have it',
      (dsn: URL) => {
        dsn.searchParams.set('sslmode', 'require');
      },
      undefined,
    ],
  ])('after %s', async (_, change, sqlState) => {
    const { host, port } = testServer();
    let connections = 0;
    const gate = await startGate({
      upstream: async (index) => {
        connections = index;
        return { host, port };
      },
    });
    cleanups.push(() => gate.close());
    const dsn = new URL(gate.dsn(database.dsn));
    change(dsn);
    const { log, error } = await connected(dsn.href);
    expect(error).toMatchObject({ code: 'connection', sqlState });
    expect(log).toEqual([]);
    expect(connections).toBe(1);
  });

  test('with 0 retries, and no more often than asked', async () => {
    const { dsn, connections } = await servingFrom(100, await rogue(errorResponse('57P03', 'starting up')));
    expect((await connected(dsn, 0)).log).toEqual([]);
    expect(connections()).toBe(1);
    expect((await connected(dsn, 2)).log).toHaveLength(2);
    expect(connections()).toBe(4);
  });

  test('after the signal', async () => {
    const abort = new AbortController();
    const { dsn, connections } = await servingFrom(100, await rogue(errorResponse('57P03', 'starting up')));
    const onLog = () => abort.abort();
    const opening = Session.open(resolveConninfo({ dsn }), 1 << 20, {
      retries: 100,
      onLog,
      signal: abort.signal,
    });
    await expect(opening).rejects.toThrow();
    expect(connections()).toBe(1);
  });
});

describe('the command', () => {
  const out = join(tmpdir(), `ddpp-retries-${process.pid}.parquet`);

  test('waits as long as --connect-timeout says, whatever the connection string says', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    cleanups.push(async () => silent.close());
    const { port } = silent.address() as { port: number };
    const dsn = `host=127.0.0.1 port=${port} user=u dbname=d connect_timeout=3000`;
    const args = ['--dsn', dsn, '--sql', 'SELECT 1', '--out', out];
    const limits = ['--connect-timeout', '1', '--connect-retries', '1', '--verbose'];
    const { status, stderr } = await runFastExport([...args, ...limits]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/no answer within 2 s \(connect_timeout\); trying again \(1 of 1\)\n/);
    expect(stderr).not.toMatch(/of 1\).*of 1\)/s);
  });

  test('ends while it waits for the next attempt when SIGINT comes', async () => {
    const dsn = `host=127.0.0.1 port=${await freePort()} user=u dbname=d`;
    const args = ['--dsn', dsn, '--sql', 'SELECT 1', '--out', out, '--connect-retries', '100', '--verbose'];
    const running = spawnFastExport(args);
    // The next attempt comes a second later at the soonest.
    await running.waitForStderr(/trying again \(3 of 100\)/);
    running.child.kill('SIGINT');
    const { status, stderr } = await running.result;
    expect(status).toBe(130);
    expect(stderr).not.toMatch(/4 of 100/);
  });
});
