import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { diffProducts } from '../../src/product/diff/diff.ts';
import { schemaFingerprint } from '../../src/product/manifest/fields.ts';
import type {
  Manifest,
  ManifestExport,
  ManifestField,
  ManifestFile,
} from '../../src/product/manifest/manifest.ts';
import { sealed } from '../../src/product/manifest/seal.ts';
import { runFastExport } from '../support/command.ts';

const field = (name: string, type = 'int32', postgresType = 'integer', nullable = true): ManifestField => ({
  name,
  type,
  nullable,
  postgresType,
});

const file = (role: ManifestFile['role'], rows: number, bytes: number, content = ''): ManifestFile => ({
  role,
  path: `${role}.parquet`,
  rows,
  bytes,
  sha256: createHash('sha256').update(`${role} ${rows} ${bytes} ${content}`).digest('hex'),
  rowGroups: 1,
});

function table(name: string, files: ManifestFile[], fields = [field('id'), field('v')]): ManifestExport {
  return {
    name,
    sql: `TABLE ${name}`,
    kind: files.length > 1 ? 'increment' : 'full',
    fullBecause: null,
    files,
    fields,
    schemaFingerprint: schemaFingerprint(fields),
    nulls: {},
    unrepresentable: {},
    started: '2026-11-23T04:00:00Z',
    finished: '2026-11-23T04:00:01Z',
    increment: null,
  };
}

function product(run: string, exports: ManifestExport[], previous: string | null = null): Manifest {
  return sealed({
    format: 'ddpp-manifest/1',
    ddppVersion: '0.1.0',
    run,
    date: '2026-11-23',
    started: '2026-11-23T04:00:00Z',
    finished: '2026-11-23T04:00:01Z',
    snapshot: { time: '2026-11-23T04:00:00Z', walPosition: '0/1', pgSnapshot: run },
    server: {
      version: '18.4',
      systemIdentifier: '1',
      timeline: 1,
      database: 'mpc',
      databaseOid: '5',
      inRecovery: false,
    },
    previous: previous === null ? null : { run: previous, sha256: '0'.repeat(64) },
    compactedFrom: null,
    exports,
  });
}

const OLD = product('old', [
  table('same', [file('data', 5, 100)]),
  table('grown', [file('data', 1000, 2000)]),
  table(
    'columns',
    [file('data', 5, 100)],
    [field('id'), field('a'), field('b'), field('gone', 'string', 'text')],
  ),
  table('lost', [file('data', 1, 50)]),
]);
const NEW_EXPORTS = [
  table('grown', [file('data', 300, 700), file('keys', 1200, 500), file('deleted_keys', 1, 100)]),
  table('same', [file('data', 5, 100)]),
  table(
    'columns',
    [file('data', 4, 100)],
    [field('b'), field('id', 'int64', 'bigint'), field('a'), field('c', 'string', 'text', false)],
  ),
  table('fresh', [file('data', 1, 50)]),
];
const NEW = product('new', NEW_EXPORTS, 'old');

const PRINTED = `old: 2026-11-23 (old, 2026-11-23T04:00:00Z)
new: 2026-11-23 (new, 2026-11-23T04:00:00Z)
grown: 1,000 → 1,200 (+200) rows, 2.0 kB → 1.3 kB (-700 B); increment of 300 rows, 1 deleted key
same: no difference, 5 rows, 100 B
columns: 5 → 4 (-1) rows, 100 B
  ~ id int32 (integer) → int64 (bigint)
  + c string NOT NULL (text)
  - gone string (text)
  columns in another order: b, id, a
fresh: added, 1 row, 50 B
lost: removed, had 1 row, 50 B
`;

describe('fast-export diff', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ddpp-diff-'));
  const write = (name: string, manifest: Manifest) => {
    mkdirSync(join(folder, 'runs', name), { recursive: true });
    writeFileSync(join(folder, 'runs', name, 'manifest.json'), JSON.stringify(manifest));
    return join(folder, 'runs', name);
  };
  const [old, now] = [write('old', OLD), write('new', NEW)];
  symlinkSync('runs/new', join(folder, 'latest'));

  test('says what changed: exports, rows, sizes, columns; by directory, manifest or product root', async () => {
    for (const named of [now, join(now, 'manifest.json'), folder]) {
      const { status, stdout, stderr } = await runFastExport(['diff', old, named]);
      expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: PRINTED, stderr: '' });
    }
  });

  test('says that nothing changed', async () => {
    const { status, stdout } = await runFastExport(['diff', now, now]);
    expect(status).toBe(0);
    expect(stdout).toContain('same: no difference, 5 rows, 100 B\n');
  });

  test('gives the numbers of an increment only between a product and the one that it follows', async () => {
    const later = write('later', product('later', NEW_EXPORTS, 'new'));
    const { status, stdout } = await runFastExport(['diff', old, later]);
    expect(status).toBe(1);
    expect(stdout).toContain('grown: 1,000 → 1,200 (+200) rows, 2.0 kB → 1.3 kB (-700 B)\n');
    expect(stdout).not.toContain('increment');
  });

  test('full files of one size with other contents differ, whatever their names', async () => {
    const other = write('other', product('other', [table('same', [file('data', 5, 100, 'other')])]));
    const same = write(
      'again',
      product('again', [table('same', [{ ...file('data', 5, 100), path: 'new-name.parquet' }])]),
    );
    const changed = await runFastExport(['diff', same, other]);
    expect(changed.status).toBe(1);
    expect(changed.stdout).toContain('same: 5 rows, 100 B; same columns, rows and size; other bytes\n');
    const first = write('first', product('first', [table('same', [file('data', 5, 100)])]));
    const unchanged = await runFastExport(['diff', first, same]);
    expect(unchanged.status).toBe(0);
    expect(unchanged.stdout).toContain('same: no difference, 5 rows, 100 B\n');
  });

  test('compares an increment by what has changed, not by its size', () => {
    const full = product('a', [table('t', [file('data', 5, 100)])]);
    const increment = (run: string, rows: number, deleted: number, previous: string) =>
      product(
        run,
        [table('t', [file('data', rows, 20), file('keys', 5, 30), file('deleted_keys', deleted, 10)])],
        previous,
      );
    const empty = increment('b', 0, 0, 'a');
    expect(diffProducts(full, empty).differs).toBe(false);
    expect(diffProducts(full, increment('b', 1, 0, 'a')).differs).toBe(true);
    expect(diffProducts(empty, increment('c', 0, 0, 'b')).differs).toBe(false);
    expect(diffProducts(empty, increment('c', 0, 1, 'b')).differs).toBe(true);
  });

  test('an increment has the rows of what compact makes of it, unless the query is another one', () => {
    const basis = (query: string): ManifestExport['increment'] => ({
      by: 'column',
      key: ['id'],
      fullAt: '2026-11-22T04:00:00Z',
      query,
      options: '1'.repeat(64),
      column: 'seen',
      highWater: null,
      lag: '1h',
    });
    const withBasis = (query: string, files: ManifestFile[]) =>
      product('b', [{ ...table('t', files), increment: basis(query) }]);
    const increment = withBasis('a', [file('data', 3, 20), file('keys', 5, 30), file('deleted_keys', 1, 10)]);
    const whole = { ...withBasis('a', [file('data', 5, 100)]), run: 'whole' };
    expect(diffProducts(increment, whole).differs).toBe(false);
    const other = { ...withBasis('b', [file('data', 5, 100)]), run: 'whole' };
    expect(diffProducts(increment, other).exports[0]!.contents).toBe('unknown');
  });

  test('what increments do not tell counts as a difference', async () => {
    const full = product('f', [table('t', [file('data', 5, 100)])]);
    const empty = [table('t', [file('data', 0, 20), file('keys', 5, 30), file('deleted_keys', 0, 10)])];
    const [fullPath, emptyPath] = [write('f', full), write('e', product('e', empty, 'between'))];
    const skipped = await runFastExport(['diff', fullPath, emptyPath]);
    expect(skipped.status).toBe(1);
    expect(skipped.stdout).toContain(
      't: 5 rows, 100 B → 60 B (-40 B); the manifests do not say whether rows differ\n',
    );
    // Two empty increments may have the same bytes and lie far apart.
    const [before, after] = [product('e', empty, 'between'), product('g', empty, 'afterwards')];
    expect(diffProducts(before, after).exports[0]).toMatchObject({ change: 'changed', contents: 'unknown' });
    expect(diffProducts(before, product('h', full.exports, 'e')).exports[0]!.contents).toBe('unknown');
  });

  test('as JSON', async () => {
    const { status, stdout } = await runFastExport(['diff', old, now, '--format', 'json']);
    expect(status).toBe(1);
    const diff = JSON.parse(stdout);
    expect(diff).toEqual(diffProducts(OLD, NEW));
    expect(diff.exports[0]).toEqual({
      name: 'grown',
      change: 'changed',
      old: { kind: 'full', rows: 1000, dataRows: 1000, deletedKeys: 0, bytes: 2000 },
      new: { kind: 'increment', rows: 1200, dataRows: 300, deletedKeys: 1, bytes: 1300 },
      columns: [],
      contents: 'other',
      newOrder: null,
    });
  });

  test('ends with status 2 where there is trouble', async () => {
    const missing = await runFastExport(['diff', old, join(folder, 'nope')]);
    expect(missing).toMatchObject({ status: 2, stdout: '' });
    const nope = join(folder, 'nope');
    expect(missing.stderr).toBe(
      `fast-export: there is no ${nope}\nhint: check the path for a typing error\n`,
    );
    const parquet = join(folder, 'data.parquet');
    writeFileSync(parquet, 'PAR1');
    expect(await runFastExport(['diff', old, parquet])).toMatchObject({
      status: 2,
      stderr: `fast-export: ${parquet} is a Parquet file\nhint: name the directory of its product, with a manifest.json in it\n`,
    });
    writeFileSync(join(folder, 'broken.json'), '{}');
    expect((await runFastExport(['diff', join(folder, 'broken.json'), now])).status).toBe(2);
    expect((await runFastExport(['diff', old])).status).toBe(2);
  });

  test('passes no control characters on', async () => {
    const evil = write('evil', product('evil\u001b[2J', [table('t\nx', [file('data', 1, 1)])]));
    const { stdout } = await runFastExport(['diff', evil, evil]);
    expect(stdout).toBe(
      'old: 2026-11-23 (evil [2J, 2026-11-23T04:00:00Z)\nnew: 2026-11-23 (evil [2J, 2026-11-23T04:00:00Z)\nt x: no difference, 1 row, 1 B\n',
    );
  });
});
