import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExportError } from '../../src/errors.ts';
import { exportToParquet } from '../../src/export/export.ts';
import { testDatabase, testServer } from '../support/server.ts';
import { askFile } from './exported.ts';
import { startGate } from './gate.ts';

const database = testDatabase('slice_ddl');
const ROWS = 2_800;

/** Some 300 pages in all: enough for two connections. */
const PLAIN = `
  DROP TABLE IF EXISTS t CASCADE; DROP TABLE IF EXISTS kid;
  CREATE TABLE t (id int, pad text DEFAULT repeat('x', 800)); INSERT INTO t SELECT g FROM generate_series(1, ${ROWS}) g;
  CREATE INDEX t_id ON t (id);
  CREATE TABLE kid (LIKE t INCLUDING DEFAULTS); INSERT INTO kid SELECT -g FROM generate_series(1, 40) g;`;
const PARTED = `
  DROP TABLE IF EXISTS t, t_1, t_2, t_3 CASCADE;
  CREATE TABLE t (id int, pad text DEFAULT repeat('x', 800)) PARTITION BY RANGE (id);
  CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (1000); CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM (1000) TO (9999);
  CREATE TABLE t_3 (LIKE t INCLUDING DEFAULTS);
  INSERT INTO t SELECT g FROM generate_series(1, ${ROWS}) g; INSERT INTO t_3 SELECT -g FROM generate_series(1, 40) g;`;

interface Change {
  readonly setup: string;
  readonly ddl: string;
  /** The rows after it: how many, and the sum of their ids. A table that is gone has none: an error is right then. */
  readonly after: readonly [rows: number, sum: number] | null;
  /** Whether a running export need not hold it up. */
  readonly passes?: true;
}

const sum = (to: number) => (to * (to + 1)) / 2;
const BEFORE = [ROWS, sum(ROWS)] as const;
const NEW_ROWS = 'INSERT INTO t SELECT g FROM generate_series(1, 100) g';
const MERGED = [ROWS + 40, sum(ROWS) - sum(40)] as const;

const CHANGES: readonly Change[] = [
  { setup: PLAIN, ddl: `BEGIN; TRUNCATE t; ${NEW_ROWS}; COMMIT`, after: [100, sum(100)] },
  { setup: PLAIN, ddl: 'ALTER TABLE t ALTER COLUMN id TYPE bigint', after: BEFORE },
  { setup: PLAIN, ddl: 'VACUUM FULL t', after: BEFORE },
  { setup: PLAIN, ddl: 'CLUSTER t USING t_id', after: BEFORE },
  { setup: PLAIN, ddl: 'DROP TABLE t', after: null },
  {
    setup: PLAIN,
    ddl: `BEGIN; DROP TABLE t; CREATE TABLE t AS SELECT * FROM kid; COMMIT`,
    after: [40, -sum(40)],
  },
  { setup: PLAIN, ddl: 'ALTER TABLE kid INHERIT t', after: MERGED, passes: true },
  {
    setup: PARTED,
    ddl: `BEGIN; TRUNCATE t_1; ${NEW_ROWS}; COMMIT`,
    after: [ROWS - 899, sum(ROWS) - sum(999) + sum(100)],
  },
  { setup: PARTED, ddl: 'DROP TABLE t_1', after: [ROWS - 999, sum(ROWS) - sum(999)] },
  { setup: PARTED, ddl: 'ALTER TABLE t DETACH PARTITION t_1', after: [ROWS - 999, sum(ROWS) - sum(999)] },
  {
    setup: PARTED,
    ddl: 'ALTER TABLE t DETACH PARTITION t_1 CONCURRENTLY',
    after: [ROWS - 999, sum(ROWS) - sum(999)],
  },
  {
    setup: PARTED,
    ddl: 'ALTER TABLE t ATTACH PARTITION t_3 FOR VALUES FROM (-99) TO (0)',
    after: MERGED,
    passes: true,
  },
];

let folder: string;
const changer = new pg.Client({ connectionString: database.dsn });
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpp-ddl-'));
  await changer.connect();
});
afterAll(async () => {
  await changer.end();
  rmSync(folder, { recursive: true });
});

interface FiredChange {
  /** Whether it has to wait for somebody's lock. */
  readonly waits: boolean;
  readonly done: Promise<void>;
}

/** Starts the change and waits until it is done or waits for a lock. */
async function fire(ddl: string): Promise<FiredChange> {
  let finished = false;
  const done = changer.query(ddl).then(() => {});
  const settle = () => {
    finished = true;
  };
  done.then(settle, settle);
  const { processID } = changer as unknown as { processID: number };
  for (;;) {
    // Within a transaction, pg_stat_activity would say each time what it said first.
    const [waiting] = await database.query('SELECT FROM pg_locks WHERE pid = $1 AND NOT granted', [
      processID,
    ]);
    if (finished || waiting !== undefined) return { waits: !finished, done };
  }
}

/** Exports `t`; before the server gets the statement that `isDue` picks, the change is fired. */
async function exportWith(change: Change, isDue: (sql: string, connection: number) => boolean, jobs = 1) {
  const out = join(folder, 'out.parquet');
  let fired: Promise<FiredChange> | null = null;
  await database.sql(change.setup);
  const { host, port } = testServer();
  const gate = await startGate({
    upstream: { host, port },
    onStatement: async (sql, connection) => {
      if (fired !== null || !isDue(sql, connection)) return;
      fired = fire(change.ddl);
      await fired;
    },
  });
  try {
    const options = {
      sql: 'SELECT id, pad FROM t',
      out,
      connection: { dsn: gate.dsn(database.dsn) },
      jobs,
    };
    const failure = await exportToParquet(options).then(
      () => null,
      (error: unknown) => error,
    );
    const found = failure === null ? (await askFile(out, 'count(*), sum(id)')).map(Number) : null;
    const its = await (fired as Promise<FiredChange> | null);
    await its?.done;
    return { failure, found, fired: its };
  } finally {
    await gate.close();
    rmSync(out, { force: true });
    expect(readdirSync(folder)).toEqual([]);
  }
}

/** The file must be that of before or that of after; without the table an error says so. */
function expectRight({ failure, found }: Awaited<ReturnType<typeof exportWith>>, { after }: Change): void {
  if (failure === null) {
    expect([BEFORE, after]).toContainEqual(found);
  } else {
    expect(failure).toBeInstanceOf(ExportError);
    expect((failure as ExportError).code, String(failure)).toBe('query');
    expect(after, String(failure)).toBe(null);
  }
}

describe.each(CHANGES)('$ddl', (change) => {
  test.each([
    ['between snapshot and description', /'server_version'/],
    // A partitioned table's partitions are not locked before it is planned.
    ...(change.setup === PARTED ? [['between description and plan', /^EXPLAIN/] as const] : []),
    ...(change.passes || change.ddl.includes('TRUNCATE')
      ? [['before what is locked is looked at', /WITH locked/] as const]
      : []),
  ] as const)('%s: a complete file or a clear error', async (_, statement) => {
    const result = await exportWith(change, (sql, connection) => connection === 1 && statement.test(sql));
    expect(result.fired).not.toBe(null);
    expectRight(result, change);
  });

  test.each([
    ...(change.passes || change === CHANGES[0]
      ? [['while further connections adopt the snapshot', /^BEGIN/] as const]
      : []),
    ['before the last slice', /^COPY(?!.*ctid < )/s],
  ] as const)('%s: the file of before, and the change waits', async (_, statement) => {
    const { failure, found, fired } = await exportWith(
      change,
      (sql, connection) => connection > 1 && statement.test(sql),
      2,
    );
    expect(failure).toBe(null);
    expect(found).toEqual(BEFORE);
    expect(fired?.waits).toBe(change.passes !== true);
  });
});

test('before each statement of the first connection, up to the look at what is locked', async () => {
  const [truncate] = CHANGES as [Change];
  for (let step = 1, last = false; !last; step++) {
    let at = 0;
    const result = await exportWith(truncate, (sql, connection) => {
      if (connection !== 1 || ++at !== step) return false;
      last = /WITH locked/.test(sql);
      return true;
    });
    expect(result.fired).not.toBe(null);
    expectRight(result, truncate);
  }
});

describe('what is no change', () => {
  const exported = async (sql: string) => {
    const out = join(folder, 'out.parquet');
    await exportToParquet({ sql, out, connection: { dsn: database.dsn }, jobs: 2 });
    return (await askFile(out, 'count(*), sum(id)')).map(Number);
  };

  test('ONLY a table that has children', async () => {
    await database.sql(`${PLAIN}; ALTER TABLE kid INHERIT t`);
    expect(await exported('SELECT id FROM ONLY t')).toEqual(BEFORE);
    expect(await exported('SELECT id FROM t')).toEqual(MERGED);
  });

  test('a partition whose DETACH CONCURRENTLY was never finished', async () => {
    await database.sql(PARTED);
    await database.sql('BEGIN; SELECT count(*) FROM t');
    const { waits, done } = await fire('ALTER TABLE t DETACH PARTITION t_1 CONCURRENTLY');
    expect(waits).toBe(true);
    const { processID } = changer as unknown as { processID: number };
    await database.query('SELECT pg_cancel_backend($1)', [processID]);
    await done.catch(() => {});
    await database.sql('COMMIT');
    expect(await database.query('SELECT FROM pg_inherits WHERE inhdetachpending')).toHaveLength(1);
    expect(await exported('SELECT id FROM t')).toEqual([ROWS - 999, sum(ROWS) - sum(999)]);
  });
});
