import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ExportError, exportToParquet } from '../../src/index.ts';
import { type Cut, startProxy } from '../../tools/proxy.ts';
import { otherSessions, testDatabase, testServer } from '../support/server.ts';

const database = testDatabase(
  'cut_while_planning',
  'CREATE TABLE stars AS SELECT g AS id, md5(g::text) AS name FROM generate_series(1, 30000) g',
);
const folder = mkdtempSync(join(tmpdir(), 'ddpp-cut-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The login, whose failures have tests of their own, takes about as many bytes. */
const AFTER_LOGIN = 1000;

/** Exports over a proxy that cuts the first connection; null for not. Gives what became of it and what that connection sent. */
async function cutAfter(offset: number | null, cutBy: Cut) {
  const { host, port } = testServer();
  const proxy = await startProxy({
    upstream: { host, port },
    faults: (connection) => (offset === null || connection > 1 ? {} : { cutAfter: offset, cutBy }),
  });
  const dsn = new URL(database.dsn);
  dsn.host = `127.0.0.1:${proxy.port}`;
  const out = join(folder, 'stars.parquet');
  try {
    const { rows } = await exportToParquet({
      connection: { dsn: dsn.href },
      sql: 'TABLE stars',
      out,
      jobs: 2,
    });
    rmSync(out);
    return { came: `${rows} rows`, sent: proxy.counters.bytesByConnection[0]! };
  } catch (error) {
    const code = error instanceof ExportError ? error.code : 'unexplained';
    return { came: `${code}: ${(error as Error).message}`, sent: 0 };
  } finally {
    await proxy.close();
  }
}

test.each(['reset', 'close'] as const)(
  'the first connection cut (%s) anywhere is a lost connection',
  async (cutBy) => {
    const { came, sent } = await cutAfter(null, cutBy);
    expect(came).toBe('30000 rows');
    expect(sent).toBeGreaterThan(2000);
    for (let offset = AFTER_LOGIN; offset < sent; offset += 211) {
      const { came } = await cutAfter(offset, cutBy);
      expect(came, `cut after ${offset} bytes`).toMatch(/^(connection: .*|30000 rows)$/);
      expect(readdirSync(folder)).toEqual([]);
    }
    expect(await otherSessions(database)).toBe(0);
  },
);
