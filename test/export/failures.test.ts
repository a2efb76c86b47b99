import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type FaultyProxy, startProxy } from '../../tools/proxy.ts';
import { type CommandResult, runFastExport, spawnFastExport } from '../support/command.ts';
import { otherSessions, testDatabase, testServer } from '../support/server.ts';

const database = testDatabase(
  'failures',
  'CREATE TABLE stars AS SELECT g AS id FROM generate_series(1, 10) g',
);

/** Some 21 bytes a row: what has come when a proxy stalls after this much is more than 100,000 rows. */
const ROWS = 'SELECT g AS id, md5(g::text) AS name FROM generate_series(1, 2000000) g';
const BYTES_OF_100_000_ROWS = 100_000 * (5 + 2 + 4 + 4 + 4 + 32);

let proxy: FaultyProxy | null = null;
afterEach(async () => {
  await proxy?.close();
  proxy = null;
});

/** A folder with an output file from an earlier run, and how to see that it has not been touched. */
function earlierOutput(): { out: string; folder: string; untouched(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'ddpp-failures-'));
  const out = join(folder, 'stars.parquet');
  writeFileSync(out, 'yesterday');
  const identity = () => [statSync(out).ino, createHash('sha256').update(readFileSync(out)).digest('hex')];
  const before = identity();
  return {
    out,
    folder,
    untouched: () => {
      expect(identity()).toEqual(before);
      expect(readdirSync(folder)).toEqual(['stars.parquet']);
    },
  };
}

/** What every failed export leaves: status 1, one or two lines, the earlier output, no connection. */
async function expectFailure(
  result: CommandResult,
  message: RegExp,
  left: { untouched(): void },
): Promise<void> {
  expect(result.stderr).toMatch(message);
  expect(result.status).toBe(1);
  expect(result.stdout).toBe('');
  expect(result.stderr).not.toMatch(/\n\s+at /);
  expect(
    result.stderr
      .replace(/^.*(rows\/s|waiting for the first row).*\n/gm, '')
      .trimEnd()
      .split('\n').length,
  ).toBeLessThanOrEqual(2);
  left.untouched();
  expect(await otherSessions(database)).toBe(0);
}

/** An export of ROWS whose connection has stopped after 100,000 of them. */
async function stalledExport(out: string) {
  const { host, port } = testServer();
  proxy = await startProxy({
    upstream: { host, port },
    // The first connection plans the export, the second one reads the rows.
    faults: (connection) => (connection === 2 ? { stallAfter: BYTES_OF_100_000_ROWS } : {}),
  });
  const dsn = new URL(database.dsn);
  dsn.host = `127.0.0.1:${proxy.port}`;
  const running = spawnFastExport(['--dsn', dsn.href, '--sql', ROWS, '--out', out]);
  while (proxy.counters.bytesFromServer < BYTES_OF_100_000_ROWS)
    await new Promise((next) => setTimeout(next, 5));
  return running;
}

describe('before the first row', () => {
  const run = (args: string[], out: string) =>
    runFastExport(['--sql', 'SELECT * FROM stars', '--out', out, ...args]);
  const at = (change: (dsn: URL) => void) => {
    const dsn = new URL(database.dsn);
    change(dsn);
    return ['--dsn', dsn.href];
  };

  test('a host that does not exist', async () => {
    const earlier = earlierOutput();
    const args = at((dsn) => {
      dsn.hostname = 'no-such-host.invalid';
    });
    await expectFailure(await run(args, earlier.out), /no-such-host\.invalid/, earlier);
  });

  test('a port where nobody listens', async () => {
    const earlier = earlierOutput();
    const args = at((dsn) => {
      dsn.port = '1';
    });
    await expectFailure(await run(args, earlier.out), /port 1\b|:1\b/, earlier);
  });

  test('a wrong password', async () => {
    const earlier = earlierOutput();
    const args = at((dsn) => {
      dsn.password = 'Tr0ub4dor';
    });
    const result = await run(args, earlier.out);
    await expectFailure(result, /password authentication failed for user "postgres"/, earlier);
    expect(result.stderr).not.toContain('Tr0ub4dor');
  });

  test.each([
    ['a syntax error', 'SELECT id FORM stars ORDER BY', /syntax error .*at line 1, column/],
    ['a missing table', 'SELECT * FROM quasars', /relation "quasars" does not exist at line 1, column 15/],
    ['two statements', 'SELECT 1; SELECT 2', /holds 2 statements/],
    ['no statement', '-- nothing', /holds no query/],
    ['a statement that writes', 'INSERT INTO stars VALUES (11) RETURNING id', /no query but INSERT/],
    [
      'a query that writes',
      'WITH w AS (DELETE FROM stars RETURNING id) SELECT * FROM w',
      /cannot execute SELECT in a read-only transaction|must not contain data-modifying|read-only/,
    ],
    [
      'an escape from COPY',
      'select 1) TO STDOUT; COMMIT; CREATE TABLE escaped (i int); COPY (SELECT 1',
      /syntax error/,
    ],
    ['an escape to a file', "select 1) TO '/tmp/escaped' --", /syntax error/],
    ['a parameter', 'SELECT * FROM stars WHERE id = $1', /1 parameter/],
    ['no column', 'SELECT FROM stars', /without columns/],
    ['duplicate columns', 'SELECT id, id AS "ID" FROM stars', /columns named id and ID/],
  ])('%s', async (_, sql, message) => {
    const earlier = earlierOutput();
    const result = await runFastExport(['--dsn', database.dsn, '--sql', sql, '--out', earlier.out]);
    await expectFailure(result, message, earlier);
    expect(
      await database.query(
        "SELECT to_regclass('escaped') AS escaped, (SELECT count(*)::int FROM stars) AS stars",
      ),
    ).toEqual([{ escaped: null, stars: 10 }]);
  });

  test('an output directory that does not exist', async () => {
    const earlier = earlierOutput();
    const result = await run(['--dsn', database.dsn], join(earlier.folder, 'missing', 'stars.parquet'));
    await expectFailure(result, /missing/, earlier);
  });
});

describe('after more than 100,000 rows', () => {
  test('division by zero', async () => {
    const earlier = earlierOutput();
    const sql = 'SELECT g AS id, 1 / (150000 - g) AS bad FROM generate_series(1, 2000000) g';
    const result = await runFastExport(['--dsn', database.dsn, '--sql', sql, '--out', earlier.out]);
    await expectFailure(result, /division by zero/, earlier);
  });

  test('a value that Arrow cannot hold, named by column and row', async () => {
    const earlier = earlierOutput();
    const sql = `SELECT g AS id, CASE g WHEN 150000 THEN 'infinity'::timestamp END AS "when" FROM generate_series(1, 200000) g`;
    const result = await runFastExport(['--dsn', database.dsn, '--sql', sql, '--out', earlier.out]);
    await expectFailure(result, /infinite/, earlier);
    expect(result.stderr).toMatch(/when/);
    expect(result.stderr).toMatch(/150,?000/);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s', async (signal, status) => {
    const earlier = earlierOutput();
    const running = await stalledExport(earlier.out);
    expect(readdirSync(earlier.folder)).toHaveLength(2);
    running.child.kill(signal);
    const result = await running.result;
    expect({ status: result.status, signal: result.signal }).toEqual({ status, signal: null });
    expect(result.stderr).toMatch(new RegExp(signal));
    earlier.untouched();
    expect(await otherSessions(database)).toBe(0);
  });

  test('the backend terminated by an administrator', async () => {
    const earlier = earlierOutput();
    const running = await stalledExport(earlier.out);
    // A backend that is stopped in the middle of a write ends without a word; it says why if the reading comes first.
    proxy!.resume();
    const terminated = await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND query LIKE 'COPY%' AND pid <> pg_backend_pid()`,
    );
    expect(terminated).toHaveLength(1);
    await expectFailure(
      await running.result,
      /terminating connection due to administrator command|connection to the server was lost/,
      earlier,
    );
  });

  test('the connection cut', async () => {
    const earlier = earlierOutput();
    const running = await stalledExport(earlier.out);
    proxy!.cut('reset');
    await expectFailure(await running.result, /connection .* lost/, earlier);
  });

  test('the connection closed in order, as a proxy that gives up does', async () => {
    const earlier = earlierOutput();
    const running = await stalledExport(earlier.out);
    proxy!.cut('close');
    await expectFailure(await running.result, /connection .* lost/, earlier);
  });
});

test('a stream that is slow and cut into small pieces gives the whole result', async () => {
  const { host, port } = testServer();
  proxy = await startProxy({
    upstream: { host, port },
    faults: { delayMs: 1, pieceSizes: [1, 7, 100, 3000] },
  });
  const dsn = new URL(database.dsn);
  dsn.host = `127.0.0.1:${proxy.port}`;
  const earlier = earlierOutput();
  const result = await runFastExport([
    '--dsn',
    dsn.href,
    '--sql',
    'SELECT g FROM generate_series(1, 2000) g',
    '--out',
    earlier.out,
  ]);
  expect(result.stderr).toMatch(/2,000 rows/);
  expect(result.status).toBe(0);
});
