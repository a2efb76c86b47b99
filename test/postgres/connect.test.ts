import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ExportError } from '../../src/errors.ts';
import {
  type OpenedConnection,
  openConnection,
  openUnauthenticated,
} from '../../src/postgres/connect/connect.ts';
import {
  type ConnectionOptions,
  type Conninfo,
  resolveConninfo,
} from '../../src/postgres/connect/conninfo.ts';
import { type PostgresServer, startPostgres } from '../../tools/postgres-server.ts';
import { authentication, errorResponse, READY, type RogueServer, startRogue } from './rogue-server.ts';

let server: PostgresServer;
const opened: OpenedConnection[] = [];
const rogues: RogueServer[] = [];

beforeAll(async () => {
  server = await startPostgres({
    hba: [
      'host all trusted 127.0.0.1/32 trust',
      'host all clear 127.0.0.1/32 password',
      'host all hashed 127.0.0.1/32 md5',
      'host all rejected 127.0.0.1/32 reject',
    ],
  });
  const client = new pg.Client({ connectionString: server.dsn });
  await client.connect();
  await client.query(`
    CREATE ROLE trusted LOGIN; CREATE ROLE rejected LOGIN; CREATE ROLE clear LOGIN PASSWORD 'pä ss';
    SET password_encryption = md5; CREATE ROLE hashed LOGIN PASSWORD 'secret'; RESET password_encryption`);
  await client.query('CREATE DATABASE "odd ""name" OWNER trusted');
  await client.end();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ client }) => client.end()));
  await Promise.all(rogues.splice(0).map((rogue) => rogue.close()));
});
afterAll(() => server.stop('immediate'));

const env = { HOME: '/nonexistent' };
const resolve = (options: ConnectionOptions, more: NodeJS.ProcessEnv = {}) =>
  resolveConninfo(options, { ...env, ...more });
/** The server's own user by TCP, unless the options say otherwise. */
const at = (options: ConnectionOptions = {}, more: NodeJS.ProcessEnv = {}) =>
  resolve(
    {
      host: server.host,
      port: server.port,
      user: server.user,
      password: server.password,
      dbname: 'postgres',
      ...options,
    },
    more,
  );

async function open(conninfo: Conninfo, makeSocket?: () => Socket): Promise<OpenedConnection> {
  const connection = await openConnection(conninfo, makeSocket);
  opened.push(connection);
  return connection;
}

async function failure(conninfo: Conninfo): Promise<ExportError> {
  try {
    await open(conninfo);
  } catch (error) {
    expect(error).toBeInstanceOf(ExportError);
    expect(error).toMatchObject({ code: 'connection', stage: 'connect' });
    expect(`${(error as ExportError).message}${(error as ExportError).hint}`).not.toMatch(/\n|secret/);
    return error as ExportError;
  }
  throw new Error('connected');
}

async function rogue(...replies: (Buffer | 'close')[]): Promise<RogueServer> {
  const started = await startRogue(replies);
  rogues.push(started);
  return started;
}

const SESSION = `SELECT current_user AS "user", current_database() AS db, current_setting('application_name') AS app,
  inet_server_addr() IS NULL AS local`;

describe('a connection', () => {
  it('goes by TCP or by Unix socket', async () => {
    const byTcp = await open(at());
    expect((await byTcp.client.query(SESSION)).rows).toEqual([
      { user: 'postgres', db: 'postgres', app: 'fast-export', local: false },
    ]);
    const bySocket = await open(at({ host: server.socketDir }));
    expect((await bySocket.client.query(SESSION)).rows).toEqual([
      { user: 'postgres', db: 'postgres', app: 'fast-export', local: true },
    ]);
  });

  it('carries the session settings that were asked for', async () => {
    const more = {
      PGOPTIONS: '-c geqo=off -c work_mem=7MB',
      PGAPPNAME: 'nightly',
      PGTZ: 'Europe/Berlin',
      PGDATESTYLE: 'German',
      PGCLIENTENCODING: 'LATIN1',
    };
    const { client } = await open(at({}, more));
    const names = ['geqo', 'work_mem', 'application_name', 'TimeZone', 'DateStyle', 'client_encoding'];
    const { rows } = await client.query('SELECT current_setting(n) AS v FROM unnest($1::text[]) AS n', [
      names,
    ]);
    expect(rows.map(({ v }) => v)).toEqual(['off', '7MB', 'nightly', 'Europe/Berlin', 'German, DMY', 'UTF8']);
  });

  it('takes odd names of databases as they are', async () => {
    const { client } = await open(at({ user: 'trusted', dbname: 'odd "name' }));
    expect((await client.query(SESSION)).rows[0].db).toBe('odd "name');
  });

  it('takes nothing from the environment of the process', async () => {
    const hostile = {
      PGUSER: 'rejected',
      PGDATABASE: 'nowhere',
      PGHOST: 'nowhere.invalid',
      PGPORT: '1',
      PGPASSWORD: 'wrong',
      PGOPTIONS: '-c work_mem=9MB',
      PGAPPNAME: 'hostile',
      PGSSLMODE: 'require',
      PGSSLNEGOTIATION: 'direct',
      PGREPLICATION: 'database',
      PGCLIENT_ENCODING: 'LATIN1',
      PGPASSFILE: '/nonexistent',
      PGCONNECT_TIMEOUT: '1',
    };
    const before = { ...process.env };
    Object.assign(process.env, hostile);
    try {
      const { client } = await open(at());
      expect((await client.query(SESSION)).rows[0]).toMatchObject({
        user: 'postgres',
        db: 'postgres',
        app: 'fast-export',
      });
      expect((await client.query('SHOW work_mem')).rows[0].work_mem).not.toBe('9MB');
      const error = await failure({
        ...at(),
        hosts: at().hosts.map((host) => ({ ...host, password: null })),
      });
      expect(error.message).toMatch(/asks for a password and none is known/);
    } finally {
      for (const name of Object.keys(hostile)) delete process.env[name];
      Object.assign(process.env, before);
    }
  });

  it('may use a socket of the caller that reads into its own buffer', async () => {
    let bytesRead = 0;
    const makeSocket = () => {
      const socket: Socket = new Socket({
        onread: {
          buffer: Buffer.alloc(64),
          callback: (length, buffer) => {
            bytesRead += length;
            return socket.emit('data', Buffer.from(buffer.subarray(0, length)));
          },
        },
      });
      return socket;
    };
    const { client, stream } = await open(at(), makeSocket);
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect(stream).toBeInstanceOf(Socket);
    expect(bytesRead).toBe((stream as Socket).bytesRead);
  });

  it('is pinned to the address that answered, with all its settings', async () => {
    const conninfo = at({ host: `${server.host},localhost`, dsn: 'port=1,2', port: undefined });
    const both = {
      ...conninfo,
      hosts: conninfo.hosts.map((host, i) => (i === 0 ? host : { ...host, port: server.port })),
    };
    const { pinned } = await open(both);
    expect(pinned).toEqual({ ...both, hosts: [{ ...both.hosts[1], hostaddr: '127.0.0.1' }] });
    const again = await open(pinned);
    expect((await again.client.query('SELECT inet_server_port() AS port')).rows).toEqual([
      { port: server.port },
    ]);
    expect((await open(at({ host: server.socketDir }))).pinned.hosts[0]!.hostaddr).toBeNull();
  });

  it('that breaks fails its queries and not the process', async () => {
    const [{ client }, other] = [await open(at()), await open(at())];
    const running = client.query('SELECT pg_sleep(60)');
    const { processID } = client as unknown as { processID: number };
    const terminate = async () => {
      await other.client.query('SELECT pg_terminate_backend($1)', [processID]);
    };
    await Promise.all([expect(running).rejects.toThrow(/terminating connection/), terminate()]);
    await expect(client.query('SELECT 1')).rejects.toThrow(/connection/i);
  });

  it('can be opened without a login, for a CancelRequest', async () => {
    const [{ client, pinned }, other] = [await open(at()), await open(at())];
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const running = expect(client.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
    // A server that has not begun the query yet would have nothing to cancel.
    const sleeping = "SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'";
    while ((await other.client.query(sleeping, [processID])).rowCount === 0);
    const request = Buffer.alloc(16);
    for (const [i, value] of [16, 80_877_102, processID, secretKey].entries())
      request.writeInt32BE(value, 4 * i);
    (await openUnauthenticated(pinned)).end(request);
    await running;
  });
});

describe('hosts', () => {
  it('are tried in order until one answers', async () => {
    const { client } = await open(
      at({
        dsn: `host=/nonexistent,nowhere.invalid,127.0.0.1,127.0.0.1 port=1,2,3,${server.port}`,
        host: undefined,
        port: undefined,
      }),
    );
    expect((await client.query(SESSION)).rows[0].local).toBe(false);
  });

  it('are all named shortly when none answers', async () => {
    const error = await failure(
      at({ dsn: 'host=127.0.0.1,/nonexistent,nowhere.invalid port=1,2,3', host: undefined, port: undefined }),
    );
    expect(error.message).toBe(
      'cannot connect to database "postgres" as user "postgres": host "127.0.0.1", port 1: connection refused; ' +
        'socket "/nonexistent/.s.PGSQL.2": there is no such socket; ' +
        'host "nowhere.invalid", port 3: the host name cannot be resolved',
    );
  });

  it('after one that refuses the login are not tried', async () => {
    const error = await failure(at({ host: '127.0.0.1,localhost', user: 'rejected' }));
    expect(error.message).toMatch(
      /^cannot connect to database "postgres" as user "rejected" at host "127.0.0.1"/,
    );
    expect(error).toMatchObject({ sqlState: '28000', hint: expect.stringContaining('pg_hba.conf') });
  });

  it('after one that cannot serve yet are tried', async () => {
    const starting = await rogue(errorResponse('57P03', 'the database system is starting up'));
    const dsn = `sslmode=disable port=${starting.port},${server.port}`;
    const { pinned } = await open(at({ dsn, host: '127.0.0.1,localhost', port: undefined }));
    expect(pinned.hosts[0]!.host).toBe('localhost');
    const error = await failure(at({ dsn: 'sslmode=disable', port: starting.port }));
    expect(error).toMatchObject({ sqlState: '57P03', hint: 'try again when the server has started' });
  });

  it('are not looked up where hostaddr is given', async () => {
    const { client } = await open(at({ dsn: 'hostaddr=127.0.0.1', host: 'nowhere.invalid' }));
    expect((await client.query(SESSION)).rows[0].local).toBe(false);
  });

  it('each have their own password', async () => {
    const conninfo = at({ host: '127.0.0.1,localhost' });
    const hosts = conninfo.hosts.map((host, i) => ({
      ...host,
      port: i === 0 ? 1 : host.port,
      password: i === 0 ? 'wrong' : host.password,
    }));
    expect((await open({ ...conninfo, hosts })).pinned.hosts[0]!.host).toBe('localhost');
  });

  it('are shuffled by load_balance_hosts=random', async () => {
    const conninfo = at({ dsn: 'load_balance_hosts=random', host: `${server.host},localhost` });
    const seen = new Set<string>();
    for (let i = 0; i < 30; i++) {
      const { client, pinned } = await openConnection(conninfo);
      seen.add(pinned.hosts[0]!.host);
      await client.end();
      if (seen.size === 2) break;
    }
    expect([...seen].sort()).toEqual(['127.0.0.1', 'localhost']);
  });
});

describe('authentication', () => {
  it.each([
    ['trusted', ''],
    ['clear', 'pä ss'],
    ['hashed', 'secret'],
  ])('of user %s', async (user, password) => {
    const { client } = await open(at({ user, password }));
    expect((await client.query(SESSION)).rows[0].user).toBe(user);
  });

  it.each([
    ['postgres', 'scram-sha-256'],
    ['clear', 'password'],
    ['hashed', 'md5'],
    ['trusted', 'none'],
  ])('of user %s fits require_auth=%s and nothing else', async (user, method) => {
    const password = user === 'postgres' ? server.password : user === 'clear' ? 'pä ss' : 'secret';
    await open(at({ user, password, dsn: `require_auth=${method}` }));
    const error = await failure(at({ user, password, dsn: `require_auth=!${method}` }));
    expect(error.message).toMatch(/the server asks for .*, which require_auth rules out$/);
    const other = method === 'md5' ? 'password' : 'md5';
    expect((await failure(at({ user, password, dsn: `require_auth=${other}` }))).message).toMatch(
      /rules out$/,
    );
  });

  it('that is ruled out, or not bound to a TLS channel, gets no password', async () => {
    for (const dsn of ['require_auth=scram-sha-256', 'channel_binding=require']) {
      const server = await rogue(authentication(3));
      await failure(at({ dsn: `sslmode=disable ${dsn}`, port: server.port, password: 'secret' }));
      expect(server.received().toString()).toMatch(/postgres/);
      expect(server.received().toString()).not.toMatch(/secret/);
    }
  });

  it('by channel binding needs TLS', async () => {
    const error = await failure(at({ dsn: 'channel_binding=require' }));
    expect(error.message).toMatch(/does not offer channel binding/);
    expect((await failure(at({ user: 'trusted', dsn: 'channel_binding=require' }))).message).toMatch(
      /channel binding/,
    );
  });
});

describe('errors', () => {
  it.each([
    [{ password: 'wrong' }, '28P01', /password authentication failed for user "postgres"$/],
    [{ dbname: 'nowhere' }, '3D000', /database "nowhere" does not exist$/],
    [{ user: 'nobody' }, '28P01', /password authentication failed for user "nobody"$/],
    [{ port: 1 }, undefined, /at host "127.0.0.1", port 1: connection refused$/],
    [
      { host: '/nonexistent', port: 7 },
      undefined,
      /at socket "\/nonexistent\/.s.PGSQL.7": there is no such socket$/,
    ],
    [
      { host: 'nowhere.invalid' },
      undefined,
      /at host "nowhere.invalid", port \d+: the host name cannot be resolved$/,
    ],
  ])('%o', async (options, sqlState, message) => {
    const error = await failure(at(options));
    expect(error.message).toMatch(message);
    expect(error.sqlState).toBe(sqlState);
    expect(error.hint).toMatch(/^(check|give) /);
  });

  it('tell once that a password is missing', async () => {
    const error = await failure(at({ password: '' }));
    expect(error.message).toBe(
      `cannot connect to database "postgres" as user "postgres" at host "127.0.0.1", port ${server.port}: ` +
        'the server asks for a password and none is known',
    );
    expect(error.hint).toBe('set PGPASSWORD, or add a line for this server to ~/.pgpass');
  });

  it('tell that connect_timeout has passed, whether before or after TLS was asked for', async () => {
    const silent = await rogue();
    for (const dsn of ['sslmode=disable', 'sslmode=prefer']) {
      const error = await failure({ ...at({ dsn, port: silent.port }), connectTimeoutMs: 100 });
      expect(error.message).toMatch(/: no answer within 0.1 s \(connect_timeout\)$/);
    }
    expect(silent.received().length).toBeGreaterThan(8);
    const silentLater = await rogue(Buffer.from('S'));
    const error = await failure({
      ...at({ dsn: 'sslmode=require', port: silentLater.port }),
      connectTimeoutMs: 100,
    });
    expect(error.message).toMatch(/: no answer within 0.1 s/);
  });

  it('go on with the next host when connect_timeout has passed', async () => {
    const silent = await rogue();
    const conninfo = at({
      dsn: `port=${silent.port},${server.port}`,
      host: '127.0.0.1,localhost',
      port: undefined,
    });
    expect((await open({ ...conninfo, connectTimeoutMs: 1000 })).pinned.hosts[0]!.host).toBe('localhost');
  });

  it.each([
    ['asks for GSSAPI', [authentication(7)], /a kind of authentication that is not supported$/],
    ['offers another SASL mechanism', [authentication(10, 'OAUTHBEARER\0\0')], /not supported$/],
    [
      'skips its part of SCRAM',
      [authentication(10, 'SCRAM-SHA-256\0\0'), authentication(0)],
      /broke off the SCRAM/,
    ],
    [
      'speaks HTTP',
      [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
      /does not speak the PostgreSQL protocol$/,
    ],
    ['closes the connection', ['close' as const], /the server closed the connection$/],
  ])('of a server that %s', async (_, replies, message) => {
    const { port } = await rogue(...replies);
    const conninfo = { ...at({ dsn: 'sslmode=disable', port }), connectTimeoutMs: 2000 };
    expect((await failure(conninfo)).message).toMatch(message);
  });
});

describe.runIf(process.platform === 'linux')('on Linux', () => {
  it('"@" stands for a socket in the abstract namespace', async () => {
    const name = `ddpp-${process.pid}`;
    rogues.push(await startRogue([Buffer.concat([authentication(0), READY])], `\0${name}/.s.PGSQL.5432`));
    const { client, pinned } = await openConnection(at({ host: `@${name}`, port: 5432 }));
    expect(pinned.hosts[0]!.hostaddr).toBeNull();
    (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
  });

  it('keepalives are set as asked', async () => {
    const asked = await keepaliveTimer(at({ dsn: 'keepalives_idle=77' }));
    expect(asked.timer).toBe('keepalive');
    expect(asked.seconds).toBeLessThanOrEqual(77);
    const byDefault = await keepaliveTimer(at());
    expect(byDefault.timer).toBe('keepalive');
    expect(byDefault.seconds).toBeGreaterThan(77);
    expect((await keepaliveTimer(at({ dsn: 'keepalives=0' }))).timer).toBe('none');
  });
});

/** Which timer of the client's end of the connection is running in the kernel, and when it expires. */
async function keepaliveTimer(conninfo: Conninfo): Promise<{ timer: 'keepalive' | 'none'; seconds: number }> {
  const { client, stream } = await open(conninfo);
  await client.query('SELECT 1');
  const port = (stream as Socket).localPort!.toString(16).toUpperCase().padStart(4, '0');
  for (;;) {
    const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n');
    const row = rows.find((line) => line.includes(` 0100007F:${port} 0100007F`))!;
    const [kind, ticks] = row.trim().split(/\s+/)[5]!.split(':');
    if (kind === '02') return { timer: 'keepalive', seconds: Number.parseInt(ticks!, 16) / 100 };
    if (kind === '00') return { timer: 'none', seconds: 0 };
    // Any other: an acknowledgement of the query is still on its way.
  }
}
