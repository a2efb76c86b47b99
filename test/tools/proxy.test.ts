import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { type Faults, type FaultyProxy, type ProxyOptions, pieces, startProxy } from '../../tools/proxy.ts';
import { testServer } from '../support/server.ts';

const server = testServer();
/** Asks for TLS; a server without answers with the one byte `N`. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
let proxy: FaultyProxy;
afterEach(() => proxy.close());

async function proxied(
  faults: ProxyOptions['faults'] = {},
  upstream: ProxyOptions['upstream'] = server,
): Promise<pg.Client> {
  proxy = await startProxy({ upstream, faults });
  const { user, password, database } = server;
  const client = new pg.Client({ host: proxy.host, port: proxy.port, user, password, database });
  client.on('error', () => {});
  return client;
}

async function lengthOf(client: pg.Client, bytes: number): Promise<number> {
  const { rows } = await client.query<{ text: string }>(`SELECT repeat('x', $1) AS text`, [bytes]);
  return rows[0]!.text.length;
}

test('forwards both ways and counts', async () => {
  const client = await proxied();
  await client.connect();
  expect(await lengthOf(client, 3_000_000)).toBe(3_000_000);
  expect(proxy.counters).toMatchObject({ connections: 1, open: 1 });
  expect(proxy.counters.bytesFromServer).toBeGreaterThan(3_000_000);
  expect(proxy.counters.bytesFromServer).toBeLessThan(3_001_000);
  expect(proxy.counters.bytesFromClient).toBeGreaterThan(100);
  await client.end();
});

test('reaches a server on a Unix socket', async () => {
  const client = await proxied({}, { path: join(server.socketDir, `.s.PGSQL.${server.port}`) });
  await client.connect();
  const { rows } = await client.query('SELECT inet_server_addr() AS address');
  expect(rows).toEqual([{ address: null }]);
  await client.end();
});

test.each([
  ['reset', 'ECONNRESET'],
  ['close', undefined],
  ['half-close', undefined],
] as const)('cuts the connection after exactly n bytes: %s', async (cutBy, code) => {
  const client = await proxied({ cutAfter: 100_000, cutBy });
  await client.connect();
  const failure = await lengthOf(client, 1_000_000).catch((error: NodeJS.ErrnoException) => error);
  expect(failure).toBeInstanceOf(Error);
  expect((failure as NodeJS.ErrnoException).code).toBe(code);
  expect(proxy.counters.bytesFromServer).toBe(100_000);
});

test('half-closing keeps the way from the client to the server open', async () => {
  proxy = await startProxy({ upstream: server, faults: { cutAfter: 1, cutBy: 'half-close' } });
  const socket = connect({ host: proxy.host, port: proxy.port, allowHalfOpen: true });
  socket.write(sslRequest);
  const answer = await socket.toArray();
  expect(String(Buffer.concat(answer))).toBe('N');
  expect(proxy.counters).toMatchObject({ open: 1, bytesFromClient: 8 });
  socket.write(Buffer.alloc(4));
  while (proxy.counters.bytesFromClient < 12) await sleep(5);
  socket.destroy();
});

test('cuts only the connection that is meant', async () => {
  const first = await proxied((connection) => (connection === 2 ? { cutAfter: 1 } : {}));
  await first.connect();
  const second = new pg.Client({ host: proxy.host, port: proxy.port, user: 'postgres' });
  await expect(second.connect()).rejects.toThrow();
  expect(await lengthOf(first, 10)).toBe(10);
  await first.end();
});

test('stalls and resumes, by offset and by command', async () => {
  const client = await proxied({ stallAfter: 50_000 });
  await client.connect();
  const answer = lengthOf(client, 200_000);
  while (proxy.counters.bytesFromServer < 50_000) await sleep(5);
  expect(await Promise.race([answer, sleep(100, 'stalled')])).toBe('stalled');
  expect(proxy.counters).toMatchObject({ bytesFromServer: 50_000, open: 1 });
  proxy.resume();
  expect(await answer).toBe(200_000);

  proxy.stall();
  const next = lengthOf(client, 1000);
  expect(await Promise.race([next, sleep(100, 'stalled')])).toBe('stalled');
  proxy.cut();
  await expect(next).rejects.toThrow();
});

test('a client that closes its side ends the stall: the server learns that it is gone', async () => {
  const client = await proxied({ stallAfter: 50_000 });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  lengthOf(client, 50_000_000).catch(() => {});
  while (proxy.counters.bytesFromServer < 50_000) await sleep(5);
  await sleep(50); // all that came is read: the socket closes in order, without a reset
  client.connection.stream.destroy();

  const direct = new pg.Client({ connectionString: server.dsn });
  await direct.connect();
  const sessions = 'SELECT FROM pg_stat_activity WHERE pid = $1';
  while ((await direct.query(sessions, [rows[0]!.pid])).rowCount) await sleep(5);
  await direct.end();
  while (proxy.counters.open > 0) await sleep(5);
});

test('throttles: the bytes forwarded stay under the rate', async () => {
  const client = await proxied({ bytesPerSecond: 1_000_000 });
  await client.connect();
  const start = performance.now();
  await lengthOf(client, 300_000);
  expect(performance.now() - start).toBeGreaterThan(290);
  await client.end();
});

test('delays every piece', async () => {
  const client = await proxied({ delayMs: 30 });
  const start = performance.now();
  await client.connect(); // at least two answers of the server, one after the other
  expect(performance.now() - start).toBeGreaterThan(55);
  await client.end();
});

test.each([[[1]], [[3, 1, 7]]])('pieces of %j bytes give the same result', async (pieceSizes) => {
  const client = await proxied({ pieceSizes });
  await client.connect();
  expect(await lengthOf(client, 5000)).toBe(5000);
  await client.end();
});

test.each<[Faults, string]>([
  [{}, 'N'],
  [{ corrupt: { offset: 0, xor: 0x01 } }, 'O'],
  [{ corrupt: { offset: 1 } }, 'N'],
])('changes exactly the byte that is meant: %o', async (faults, answer) => {
  proxy = await startProxy({ upstream: server, faults });
  const socket = connect(proxy.port, proxy.host).end(sslRequest);
  expect(String(Buffer.concat(await socket.toArray()))).toBe(answer);
});

test('splits a stream at every offset asked for, however it arrives', () => {
  const stream = Buffer.from('abcdefghij');
  const split = (chunks: readonly Buffer[], faults: Faults) => {
    let offset = 0;
    return chunks.flatMap((chunk) => {
      const parts = [...pieces(chunk, offset, faults)].map(String);
      offset += chunk.length;
      return parts;
    });
  };
  const twoChunks = [stream.subarray(0, 4), stream.subarray(4)];
  expect(split([stream], { splitAt: [3, 9] })).toEqual(['abc', 'defghi', 'j']);
  expect(split(twoChunks, { splitAt: [3, 9] })).toEqual(['abc', 'd', 'efghi', 'j']);
  expect(split([stream], { cutAfter: 2, stallAfter: 5 })).toEqual(['ab', 'cde', 'fghij']);
  expect(split([stream], { pieceSizes: [1, 2] })).toEqual(['a', 'bc', 'd', 'ef', 'g', 'hi', 'j']);
  expect(split(twoChunks, { pieceSizes: [1, 2] })).toEqual(['a', 'bc', 'd', 'ef', 'g', 'hi', 'j']);
  expect(split([stream], {})).toEqual(['abcdefghij']);
});
