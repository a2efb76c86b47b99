import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { takeLock } from '../../src/product/publish/lock.ts';
import type { RunEvent } from '../../src/product/run.ts';
import { runProduct } from '../../src/product/run-product.ts';
import { identityText, ownIdentity } from '../../src/sink/process-identity.ts';
import { otherSessions, testDatabase } from '../support/server.ts';
import { exportOf, listing, productOf, productRoots, runOptions } from './products.ts';

const database = testDatabase(
  'publish',
  `CREATE TABLE stars AS SELECT n AS id, n % 3 AS band, 'star ' || n AS name FROM generate_series(1, 10) n;
   CREATE TABLE planets AS SELECT n AS id FROM generate_series(1, 3) n;`,
);
const { root } = productRoots();
const stars = exportOf('stars', 'TABLE stars');
const planets = exportOf('planets', 'TABLE planets');
const options = (more: Parameters<typeof runOptions>[1] = {}) => runOptions(database.dsn, more);

/** A root with a product of the 22nd; `run` is its run's name. */
async function yesterday(name: string, exports = [planets]) {
  const path = root(name);
  const { manifest } = await runProduct(productOf(path, exports), options({ date: '2026-11-22' }));
  return { path, run: manifest.run, before: listing(path) };
}

describe('a day', () => {
  test('is published once; with overwrite its symlink moves', async () => {
    const { path, run } = await yesterday('again');
    const again = runProduct(productOf(path, [planets]), options({ date: '2026-11-22' }));
    await expect(again).rejects.toMatchObject({
      code: 'output',
      hint: expect.stringContaining('--overwrite'),
    });
    expect(readdirSync(join(path, 'runs'))).toEqual([run]);

    const { manifest } = await runProduct(
      productOf(path, [planets]),
      options({ date: '2026-11-22', overwrite: true }),
    );
    expect(readlinkSync(join(path, '2026-11-22'))).toBe(`runs/${manifest.run}`);
    expect(readlinkSync(join(path, 'latest'))).toBe(`runs/${manifest.run}`);
    expect(readdirSync(join(path, 'runs')).sort()).toEqual([run, manifest.run].sort());
    // It takes the place of the one that it replaces.
    expect(manifest.previous).toBeNull();
  });

  test('is a day', async () => {
    for (const date of ['latest', '../2026-11-23', '2026-11-23/x', '']) {
      await expect(runProduct(productOf(root('no-day'), [planets]), options({ date }))).rejects.toMatchObject(
        {
          code: 'usage',
        },
      );
    }
    expect(existsSync(root('no-day'))).toBe(false);
  });

  test('whose name something else has is refused before anything runs', async () => {
    mkdirSync(join(root('taken'), '2026-11-23'), { recursive: true });
    await expect(runProduct(productOf(root('taken'), [planets]), options())).rejects.toMatchObject({
      code: 'output',
      message: expect.stringContaining('does not lead to a product'),
    });
  });
});

describe('a failed run leaves what was published as it was, and says which table and why', () => {
  let path: string;
  let before: string[];
  beforeAll(async () => {
    ({ path, before } = await yesterday('failures', [stars, planets]));
  });

  const failing = {
    'a query that the server refuses': {
      change: exportOf('stars', 'SELECT * FROM stars_of_old'),
      message: /^export stars: .*stars_of_old/,
    },
    'a query that fails in the middle': {
      change: exportOf('stars', 'SELECT 1 / (id - 9) AS x FROM stars'),
      message: /^export stars: .*division by zero/,
    },
    'a required column that is missing': {
      change: exportOf('stars', 'TABLE stars', { requiredColumns: ['id', 'mag', 'ra'] }),
      message: 'export stars lacks the columns mag, ra of its required_columns',
    },
    'too few rows': {
      change: exportOf('stars', 'TABLE stars', { minRows: 11 }),
      message: 'export stars has 10 rows, fewer than its min_rows, 11',
    },
    'far fewer rows than before': {
      change: exportOf('stars', 'SELECT * FROM stars WHERE id > 4', { maxRowDrop: 0.3 }),
      message: 'export stars has 6 rows, 40 % fewer than the 10 before; its max_row_drop is 0.3',
    },
    duplicates: {
      change: exportOf('stars', 'SELECT id, least(id, 9) AS band, name FROM stars', {
        unique: [['id'], ['band', 'id'], ['band']],
      }),
      message: 'export stars has duplicates of band: 9 2 times',
    },
    'other columns': {
      change: exportOf('stars', 'SELECT name, id::int8 AS id, 1 AS mag FROM stars', {
        onSchemaChange: 'error',
      }),
      message:
        'export stars has other columns than in the previous product: column band is gone; ' +
        'column id was int32 and is int64; column mag is new; the columns are in another order',
    },
  };
  for (const [what, { change, message }] of Object.entries(failing)) {
    test(what, async () => {
      const failed = runProduct(productOf(path, [planets, change]), options());
      await expect(failed).rejects.toMatchObject({
        name: 'ExportError',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      });
      expect(listing(path)).toEqual(before);
      expect(await otherSessions(database)).toBe(0);
    });
  }

  test('all failed checks at once', async () => {
    const changes = [
      exportOf('planets', 'TABLE planets', { minRows: 4 }),
      exportOf('stars', 'TABLE stars', { minRows: 50 }),
    ];
    const failed = runProduct(productOf(path, changes), options());
    await expect(failed).rejects.toMatchObject({
      code: 'check',
      message:
        'export planets has 3 rows, fewer than its min_rows, 4; export stars has 10 rows, fewer than its min_rows, 50',
    });
    expect(listing(path)).toEqual(before);
  });

  test('a signal', async () => {
    const controller = new AbortController();
    const onEvent = ({ kind }: RunEvent) => {
      if (kind === 'started') controller.abort();
    };
    const slow = exportOf('stars', 'SELECT id, pg_sleep(10)::text FROM stars');
    const aborted = runProduct(productOf(path, [slow]), options({ signal: controller.signal, onEvent }));
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
    expect(listing(path)).toEqual(before);
    expect(await otherSessions(database)).toBe(0);
  });

  test('with keepFailed the pieces stay, under another name', async () => {
    const change = exportOf('stars', 'TABLE stars', { minRows: 11 });
    const events: RunEvent[] = [];
    const onEvent = (event: RunEvent) => events.push(event);
    await expect(
      runProduct(productOf(path, [change]), options({ keepFailed: true, onEvent })),
    ).rejects.toMatchObject({ code: 'check' });
    const pieces = listing(path).filter((each) => !before.includes(each));
    expect(pieces.map((each) => each.replace(/\d{8}T\d{9}Z-[0-9a-f]{6}/, 'RUN'))).toEqual([
      'runs/RUN.failed',
      'runs/RUN.failed/stars.parquet',
    ]);
    expect(events.at(-1)).toMatchObject({ kind: 'warning', message: expect.stringContaining('.failed') });
    await runProduct(productOf(path, [planets]), options());
    expect(listing(path)).toEqual(expect.arrayContaining(pieces));
  });
});

test('NULLs are no duplicates of each other', async () => {
  const config = productOf(root('nulls'), [
    exportOf('nulls', "SELECT * FROM (VALUES (1, NULL), (1, NULL), (2, 'a')) v(a, b)", {
      unique: [['a', 'b'], ['b']],
    }),
  ]);
  await runProduct(config, options());
});

test('other columns are worth a warning, if so configured, or nothing', async () => {
  const { path } = await yesterday('drift', [stars, planets]);
  const warnings: RunEvent[] = [];
  const onEvent = (event: RunEvent) => {
    if (event.kind === 'warning') warnings.push(event);
  };
  const config = productOf(path, [
    exportOf('stars', 'SELECT id FROM stars', { onSchemaChange: 'warn' }),
    exportOf('planets', 'SELECT id::int8 FROM planets', { onSchemaChange: 'ignore' }),
  ]);
  await runProduct(config, options({ onEvent }));
  expect(warnings).toEqual([
    {
      kind: 'warning',
      name: 'stars',
      message: 'has other columns than in the previous product: column band is gone; column name is gone',
    },
  ]);
});

describe('the lock', () => {
  test('refuses a second run at the same time', async () => {
    const { path, before } = await yesterday('locked');
    const lock = await takeLock(join(path, '.lock'));
    await expect(runProduct(productOf(path, [planets]), options())).rejects.toMatchObject({
      code: 'output',
      message: expect.stringMatching(/^another run is under way in this product root: process \d+ on /),
    });
    await lock.release();
    expect(listing(path)).toEqual(before);
    await runProduct(productOf(path, [planets]), options());
  });

  test('lets one of two runs that begin together go on', async () => {
    const path = root('together');
    const runs = await Promise.allSettled(
      ['2026-11-22', '2026-11-23'].map((date) => runProduct(productOf(path, [planets]), options({ date }))),
    );
    expect(runs.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  /** What a process that is dead now would have left. */
  async function deadLock(path: string): Promise<void> {
    const self = await ownIdentity();
    const child = spawn('true');
    await once(child, 'exit');
    symlinkSync(`${identityText({ ...self!, pid: child.pid!, startTime: '1' })}.0123456789abcdef`, path);
  }

  test('of a dead process is broken, and what it left is removed', async () => {
    const { path, run } = await yesterday('dead');
    await deadLock(join(path, '.lock'));
    await deadLock(join(path, '.lock.removal'));
    await deadLock(join(path, '.lock.removal.removal.removal'));
    mkdirSync(join(path, 'runs/20261123T000000000Z-00000a.partial/deep'), { recursive: true });
    writeFileSync(join(path, 'runs/20261123T000000000Z-00000a.partial/deep/x.parquet'), 'half');
    mkdirSync(join(path, 'runs/20261121T000000000Z-00000b.removed'));
    const { manifest } = await runProduct(productOf(path, [planets]), options());
    expect(readdirSync(join(path, 'runs')).sort()).toEqual([run, manifest.run].sort());
    expect(readdirSync(path).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('is broken by one process only', async () => {
    const path = root('race');
    mkdirSync(path);
    for (let round = 0; round < 20; round++) {
      await deadLock(join(path, '.lock'));
      const locks = await Promise.allSettled(Array.from({ length: 5 }, () => takeLock(join(path, '.lock'))));
      const taken = locks.flatMap((lock) => (lock.status === 'fulfilled' ? [lock.value] : []));
      expect(taken.length).toBe(1);
      expect(await taken[0]!.isHeld()).toBe(true);
      await taken[0]!.release();
    }
    expect(readdirSync(path)).toEqual([]);
  });

  test('of a process on another host is respected', async () => {
    const { path } = await yesterday('elsewhere');
    const self = await ownIdentity();
    symlinkSync(`${identityText({ ...self!, host: 'elsewhere' })}.0123456789abcdef`, join(path, '.lock'));
    await expect(runProduct(productOf(path, [planets]), options())).rejects.toMatchObject({
      message: expect.stringContaining('on elsewhere'),
      hint: expect.stringContaining(`remove ${join(path, '.lock')}`),
    });
  });

  test('that somebody removes keeps a run from publishing', async () => {
    const { path, before } = await yesterday('stolen');
    const onEvent = ({ kind }: RunEvent) => {
      if (kind === 'checking') unlinkSync(join(path, '.lock'));
    };
    await expect(runProduct(productOf(path, [planets]), options({ onEvent }))).rejects.toMatchObject({
      message: expect.stringContaining('taken away'),
    });
    expect(listing(path)).toEqual(before);
  });
});

describe('a publication that a killed process had begun is completed', () => {
  test.each(['before its first step', 'between the symlinks'])('%s', async (when) => {
    const { path, run } = await yesterday(when);
    const { manifest } = await runProduct(productOf(path, [planets]), options());
    symlinkSync(`2026-11-23/${manifest.run}`, join(path, '.publishing'));
    unlinkSync(join(path, 'latest'));
    symlinkSync(`runs/${run}`, join(path, 'latest'));
    if (when === 'before its first step') {
      unlinkSync(join(path, '2026-11-23'));
      renameSync(join(path, 'runs', manifest.run), join(path, 'runs', `${manifest.run}.partial`));
    }
    await expect(runProduct(productOf(path, [planets]), options())).rejects.toMatchObject({
      message: expect.stringContaining('already'),
    });
    for (const name of ['latest', '2026-11-23']) {
      expect(readlinkSync(join(path, name))).toBe(`runs/${manifest.run}`);
    }
    expect(existsSync(join(path, 'runs', manifest.run, 'manifest.json'))).toBe(true);
    expect(existsSync(join(path, '.publishing'))).toBe(false);
  });
});

test('a publication that fails in the middle is taken back', async () => {
  const { path, before } = await yesterday('taken-back');
  // No symlink can be made of this name: the second rename fails.
  const onEvent = ({ kind }: RunEvent) => {
    if (kind === 'checking') mkdirSync(join(path, '.latest.new'));
  };
  await expect(runProduct(productOf(path, [planets]), options({ onEvent }))).rejects.toMatchObject({
    code: 'output',
  });
  rmdirSync(join(path, '.latest.new'));
  expect(listing(path)).toEqual(before);
});

test('keep removes old runs with their dates, but none that something else leads to', async () => {
  const path = root('keep');
  const runs: string[] = [];
  for (const day of [20, 21, 22, 23, 24]) {
    const keep = day === 24 ? 2 : undefined;
    const { manifest, pruned } = await runProduct(
      productOf(path, [planets], { keep }),
      options({ date: `2026-11-${day}` }),
    );
    runs.push(manifest.run);
    if (day === 21) symlinkSync(`runs/${manifest.run}`, join(path, 'release'));
    expect([...pruned].sort()).toEqual(day === 24 ? [runs[0], runs[2]].sort() : []);
  }
  expect(readdirSync(join(path, 'runs')).sort()).toEqual([runs[1], runs[3], runs[4]].sort());
  expect(listing(path).filter((each) => each.includes('->'))).toEqual([
    `2026-11-21 -> runs/${runs[1]}`,
    `2026-11-23 -> runs/${runs[3]}`,
    `2026-11-24 -> runs/${runs[4]}`,
    `latest -> runs/${runs[4]}`,
    `release -> runs/${runs[1]}`,
  ]);
});
