import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestSchema } from '../../src/product/manifest/manifest.ts';
import type { RunEvent } from '../../src/product/run.ts';
import { runProduct } from '../../src/product/run-product.ts';
import { readWithDuckDB } from '../support/readers.ts';
import { otherSessions, testDatabase } from '../support/server.ts';
import { exportOf, listing, productOf, productRoots, runOptions } from './products.ts';

const database = testDatabase(
  'run_product',
  `CREATE TABLE observatories (code text PRIMARY KEY, name text);
   INSERT INTO observatories VALUES ('X05', 'Rubin'), ('W84', 'Cerro Tololo'), ('Z00', NULL);
   CREATE TABLE observations (id int PRIMARY KEY, code text REFERENCES observatories, mag numeric(5, 2), seen date);
   INSERT INTO observations SELECT n, CASE n % 2 WHEN 0 THEN 'X05' ELSE 'W84' END, n / 10.0,
     CASE WHEN n = 7 THEN 'infinity' ELSE date '2026-11-01' + n END FROM generate_series(1, 20) n;`,
);
const { root } = productRoots();

const observatories = exportOf('observatories', 'SELECT code, name FROM observatories');
const observations = exportOf('observations', 'TABLE observations', {
  out: '{date}/{name}-{snapshot}.parquet',
  options: { onUnrepresentable: 'null' },
});

test('a product holds its files and a manifest that describes them', async () => {
  const events: RunEvent[] = [];
  const config = productOf(root('whole'), [observatories, observations]);
  const summary = await runProduct(
    config,
    runOptions(database.dsn, { onEvent: (event) => events.push(event) }),
  );

  expect(summary.exports.map(({ name, rows }) => [name, rows])).toEqual([
    ['observatories', 3],
    ['observations', 20],
  ]);
  const directory = realpathSync(join(root('whole'), 'latest'));
  expect(directory).toBe(realpathSync(summary.directory));
  expect(realpathSync(join(root('whole'), '2026-11-23'))).toBe(directory);

  const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')));
  expect(manifest).toEqual(summary.manifest);
  const [first, second] = manifest.exports;
  expect(first).toMatchObject({
    name: 'observatories',
    kind: 'full',
    fullBecause: null,
    increment: null,
    nulls: { name: 1 },
    unrepresentable: {},
    fields: [
      { name: 'code', type: 'string', nullable: true, postgresType: 'text' },
      { name: 'name', type: 'string', nullable: true, postgresType: 'text' },
    ],
  });
  expect(second).toMatchObject({ nulls: { seen: 1 }, unrepresentable: { seen: 1 } });
  expect(second!.files[0]!.path).toMatch(/^2026-11-23\/observations-\d{8}T\d{6}Z\.parquet$/);
  for (const { files } of manifest.exports) {
    for (const { path, rows, bytes, sha256 } of files) {
      const content = readFileSync(join(directory, path));
      expect(content.length).toBe(bytes);
      expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
      expect((await readWithDuckDB(join(directory, path))).rows).toBe(rows);
    }
  }

  const [control] = await database.query<{ id: string; timeline: number; oid: string }>(
    `SELECT system_identifier::text AS id, timeline_id AS timeline,
       (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS oid
     FROM pg_control_system(), pg_control_checkpoint()`,
  );
  expect(manifest.server).toMatchObject({
    systemIdentifier: control!.id,
    timeline: control!.timeline,
    database: database.name,
    databaseOid: control!.oid,
    inRecovery: false,
  });
  expect(manifest.snapshot.walPosition).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
  expect(manifest.snapshot.pgSnapshot).toMatch(/^\d+:\d+:/);
  expect(manifest.previous).toBeNull();

  const kinds = events.filter(({ kind }) => kind !== 'log' && kind !== 'progress').map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'started').length).toBe(2);
  expect(kinds[0]).toBe('planned');
  expect(kinds.slice(-2)).toEqual(['checking', 'published']);
  expect(await otherSessions(database)).toBe(0);
});

test('a manifest names the one before it by its hash', async () => {
  const config = productOf(root('chain'), [observatories]);
  const first = await runProduct(config, runOptions(database.dsn));
  const second = await runProduct(config, runOptions(database.dsn, { date: '2026-11-24' }));
  const bytes = readFileSync(join(first.directory, 'manifest.json'));
  expect(second.manifest.previous).toEqual({
    run: first.manifest.run,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  expect(listing(root('chain'))).toContain(`2026-11-23 -> runs/${first.manifest.run}`);
  expect(listing(root('chain'))).toContain(`latest -> runs/${second.manifest.run}`);
});
