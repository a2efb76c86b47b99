import { afterEach, expect, test } from 'vitest';
import { exportBatches } from '../../src/index.ts';
import { authentication, READY, type RogueServer, startRogue } from '../postgres/rogue-server.ts';

let server: RogueServer;
afterEach(() => server.close());

function message(type: string, hex: string, length?: number): Buffer {
  const body = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeInt32BE(length ?? body.length + 4, 1);
  return Buffer.concat([header, body]);
}

/** What a server says after a login, as far as it is needed. */
const LOGGED_IN = Buffer.concat([authentication(0), message('K', '00000001 00000002'), READY]);

test.each([
  ['a row description of more columns than it has', message('T', '7fff 6100')],
  ['a row description that ends within a name', message('T', '0001 616263')],
  ['a row of more values than it has', message('D', '0005 00000001 61')],
  [
    'a value that is longer than its row',
    Buffer.concat([message('T', `0001 6100 ${'00'.repeat(18)}`), message('D', '0001 7fffffff 61')]),
  ],
  ['an error without an end', message('E', '53')],
  ['a command tag without an end', message('C', '53454c')],
  ['parameters that it does not name', message('t', '7fff')],
  ['a message shorter than its length', message('Z', '49', 1)],
  ['a parameter’s status without a value', message('S', '61')],
  ['a request for a password in the middle', message('R', '0000000c')],
  ['an answer to COPY that nobody asked for', message('H', '007fff')],
])(
  '%s ends in an error, and in no hang',
  async (_, lie) => {
    server = await startRogue([LOGGED_IN, Buffer.concat([lie, READY]), 'close']);
    const connection = {
      dsn: `postgresql://u:p@127.0.0.1:${server.port}/d?sslmode=disable&connect_timeout=5`,
    };
    const reading = async () => {
      for await (const _batch of exportBatches({ connection, sql: 'SELECT 1 AS x' }));
    };
    await expect(reading()).rejects.toMatchObject({
      name: 'ExportError',
      code: expect.stringMatching(/^(?:connection|protocol|query)$/),
    });
  },
  20_000,
);
