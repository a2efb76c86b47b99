import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { compactProduct } from '../../src/product/compact/compact.ts';
import type { Manifest } from '../../src/product/manifest/manifest.ts';
import { sealed } from '../../src/product/manifest/seal.ts';
import { verifyManifest } from '../../src/product/verify/verify-manifest.ts';
import { testDatabase } from '../support/server.ts';
import { Days, expectWhole, twice } from './days.ts';
import { exportOf, productRoots } from './products.ts';

const database = testDatabase('compact');
const { dsn, sql, settled } = database;
const { root } = productRoots();

describe('a compacted product equals a full export', () => {
  const VALUES = `i::int8 AS big, (i % 3 = 0) AS flag, (ARRAY['NaN', '-0', 'Infinity', '1.5'])[1 + i % 4]::float8 AS f, (i * 1.01)::numeric(12, 2) AS d,
    i::numeric / 7 AS n, (i * 1e30)::numeric(38, 4) AS d38, md5(i::text)::uuid AS u, jsonb_build_object('a', i) AS j, ('{"x":  ' || i || '}')::json AS js,
    now() - i * interval '1 hour' AS at, localtimestamp AS ts, current_date - i AS day, time '12:00' AS tm, decode(md5(i::text), 'hex') AS b,
    CASE WHEN i % 5 <> 0 THEN repeat('text ', i % 9) END AS s, ARRAY[i, NULL] AS l, ARRAY[ROW(i, 'm')::member, NULL] AS m,
    (ARRAY['red', 'green'])[1 + i % 2]::colour AS c, i::int2 AS small, i::oid AS o, '-0'::float4 AS g, '1 day'::interval * i AS iv`;

  test('with every kind of type, over updates, deletions and rows that come back', async () => {
    await sql(`CREATE TYPE member AS (a int, b text); CREATE TYPE colour AS ENUM ('red', 'green');
      CREATE TABLE kinds AS SELECT i AS id, ${VALUES} FROM generate_series(1, 400) AS i; ALTER TABLE kinds ADD PRIMARY KEY (id)`);
    const exports = twice('SELECT * FROM kinds');
    const days = new Days(dsn, root('kinds'), exports);
    await days.next([exports[0]!]);
    const changes = [
      'UPDATE kinds SET big = -big, s = NULL WHERE id % 10 = 0',
      'DELETE FROM kinds WHERE id % 7 = 0',
      `INSERT INTO kinds SELECT i, ${VALUES} FROM generate_series(7, 420, 14) AS i`,
      'UPDATE kinds SET id = id + 10000 WHERE id % 50 = 1',
      'DELETE FROM kinds WHERE id < 20',
      '',
    ];
    for (const [i, change] of changes.entries()) {
      await sql(change);
      const { manifest } = await days.next(i === changes.length - 1 ? exports : [exports[0]!]);
      expect(manifest.exports[0]).toMatchObject({ kind: 'increment', fullBecause: null });
    }
    const out = join(root('kinds'), 'compacted');
    const manifest = await compactProduct({ products: [days.root], out });
    await expectWhole(out);
    expect(await verifyManifest(join(out, 'manifest.json'))).toMatchObject({ problems: [] });
    expect(manifest.exports.map(({ kind, files }) => [kind, files.length])).toEqual([
      ['full', 1],
      ['full', 1],
    ]);
    expect(manifest.exports[0]!.nulls).toEqual(manifest.exports[1]!.nulls);
    expect(manifest.exports[0]!.sql).toBe('SELECT * FROM kinds');
    expect(await sqlOf(join(out, 't.parquet'))).toBe('SELECT * FROM kinds');
    expect(statSync(out).mode & 0o777).toBe(0o777 & ~process.umask());
    expect(readdirSync(root('kinds')).filter((name) => name.startsWith('.compacted'))).toEqual([]);
  }, 240_000);
});

describe('what a compacted product is made from', () => {
  /** A full product of one table and an increment to it. */
  async function twoDays(name: string): Promise<{ days: Days; base: string; latest: string }> {
    await sql(
      `DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'a' FROM generate_series(1, 9) i`,
    );
    const exports = twice('SELECT * FROM t');
    const days = new Days(dsn, root(name), exports);
    const base = await days.next([exports[0]!]);
    await sql("UPDATE t SET v = 'b' WHERE id = 1; DELETE FROM t WHERE id = 9");
    await settled();
    return { days, base: base.directory, latest: (await days.next()).directory };
  }

  test('a product of its own: the next increment follows it, and it can be compacted with that again', async () => {
    const { days, latest } = await twoDays('followed');
    const compacted = join(days.root, 'runs', '20260102T000000Z-abcdef');
    const manifest = await compactProduct({ products: [days.root], out: compacted });
    expect(manifest).toMatchObject({
      run: '20260102T000000Z-abcdef',
      previous: { run: latest.split('/').at(-1) },
    });
    rmSync(join(days.root, 'latest'));
    symlinkSync('runs/20260102T000000Z-abcdef', join(days.root, 'latest'));
    await sql("UPDATE t SET v = 'c' WHERE id = 2; DELETE FROM t WHERE id = 8");
    const next = await days.next();
    expect(next.manifest.exports[0]).toMatchObject({ kind: 'increment' });
    expect(next.manifest.exports[0]!.files.map(({ role, rows }) => [role, rows])).toEqual([
      ['data', 1],
      ['keys', 7],
      ['deleted_keys', 1],
    ]);
    const out = join(days.root, 'again');
    const again = await compactProduct({ products: [next.directory], out });
    expect(again.exports[0]!.fullBecause).toBe(
      `compacted from the 2 products 20260102T000000Z-abcdef to ${next.manifest.run}`,
    );
    await expectWhole(out);
  });

  test('products that lie apart are named', async () => {
    const { days, base, latest } = await twoDays('apart');
    mkdirSync(join(days.root, 'elsewhere'));
    const moved = join(days.root, 'elsewhere', 'base');
    renameSync(base, moved);
    const out = join(days.root, 'compacted');
    await expect(compactProduct({ products: [latest], out })).rejects.toMatchObject({
      code: 'output',
      message: expect.stringContaining(
        `the product ${base.split('/').at(-1)}, which ${latest} is an increment to, is not there`,
      ),
    });
    expect(existsSync(out)).toBe(false);
    await compactProduct({ products: [moved, join(latest, 'manifest.json')], out });
    await expectWhole(out);
  });

  test('a full product is copied', async () => {
    const { days, base } = await twoDays('copied');
    const out = join(days.root, 'compacted');
    await compactProduct({ products: [base], out });
    expect(readFileSync(join(out, 't.parquet'))).toEqual(readFileSync(join(base, 't.parquet')));
  });

  test.each([
    ['a file of a product before', 't.parquet', 'base'],
    ['a file of deleted keys', 't.deleted.parquet', 'latest'],
    ['a file that is copied', 'whole.parquet', 'latest'],
  ] as const)('damage of %s is found', async (_, file, where) => {
    const made = await twoDays(`damaged-${file}`);
    const path = join(made[where], file);
    const bytes = readFileSync(path);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    writeFileSync(path, bytes);
    const out = join(made.days.root, 'compacted');
    await expect(compactProduct({ products: [made.latest], out })).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('is not as its manifest says'),
    });
    expect(readdirSync(made.days.root).filter((name) => name.includes('compacted'))).toEqual([]);
  });

  test('a manifest that has changed since is found', async () => {
    const { days, base, latest } = await twoDays('changed');
    const path = join(base, 'manifest.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"rows": 9', '"rows": 8'));
    await expect(compactProduct({ products: [latest], out: join(days.root, 'x') })).rejects.toThrow(
      `${path} is not as it was written: its sha256 is not that of its other keys`,
    );
    writeFileSync(path, JSON.stringify(sealed(JSON.parse(readFileSync(path, 'utf8')))));
    await expect(compactProduct({ products: [latest], out: join(days.root, 'x') })).rejects.toThrow(
      `the manifest of ${base} has changed since ${latest} was made`,
    );
  });

  test('parts that do not give all rows are no product', async () => {
    const { days, latest } = await twoDays('missing');
    const path = join(latest, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    manifest.exports[0]!.files.find(({ role }) => role === 'keys')!.rows++;
    writeFileSync(path, JSON.stringify(sealed(manifest)));
    await expect(compactProduct({ products: [latest], out: join(days.root, 'x') })).rejects.toThrow(
      't has 9 rows, but its parts give 8 when they are merged',
    );
  });

  test('a new row that an increment by column has missed is noticed', async () => {
    await sql('CREATE TABLE late (id int, at timestamptz)');
    await sql("INSERT INTO late VALUES (1, '2026-01-01'), (2, '2026-01-03')");
    const increment = { by: 'column', key: ['id'], column: 'at', lag: '1 hour', fullEvery: 1e12 } as const;
    const days = new Days(dsn, root('late'), [exportOf('late', 'TABLE late', { increment })]);
    await days.next();
    await sql("INSERT INTO late VALUES (3, '2026-01-04'); DELETE FROM late WHERE id = 1");
    await days.next();
    const out = join(days.root, 'compacted');
    expect((await compactProduct({ products: [days.root], out })).exports[0]!.files[0]!.rows).toBe(2);
    await sql("INSERT INTO late VALUES (4, '2026-01-03 22:00')");
    await days.next();
    await expect(
      compactProduct({ products: [days.root], out: join(days.root, 'again') }),
    ).rejects.toMatchObject({
      code: 'corrupt',
      message: 'late has 3 rows, but its parts give 2 when they are merged',
      hint: 'a row came with an old value of the column, or its writer was open for longer than the lag: make a full export, and let the column change with each write, or the lag be longer',
    });
  });

  test('two products of which none follows the other are refused, and so is a directory that is there', async () => {
    const [a, b] = [await twoDays('one'), await twoDays('other')];
    await expect(
      compactProduct({ products: [a.latest, b.latest], out: join(a.days.root, 'x') }),
    ).rejects.toMatchObject({
      code: 'usage',
    });
    await expect(compactProduct({ products: [a.latest], out: a.base })).rejects.toThrow('is there already');
  });

  test('an abort leaves nothing', async () => {
    const { days, latest } = await twoDays('aborted');
    const out = join(days.root, 'compacted');
    const controller = new AbortController();
    const compacting = compactProduct({
      products: [latest],
      out,
      signal: controller.signal,
      onExport: () => controller.abort(),
    });
    await expect(compacting).rejects.toMatchObject({ code: 'aborted' });
    expect(readdirSync(days.root).filter((name) => name.includes('compacted'))).toEqual([]);
  });
});

/** The query that a file says it holds. */
async function sqlOf(path: string): Promise<string> {
  const { key_value_metadata: pairs } = await parquetMetadataAsync(await asyncBufferFromFile(path));
  return pairs!.find(({ key }) => key === 'ddpp:sql')!.value!;
}
