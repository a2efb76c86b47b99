import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifyManifest } from '../../src/product/verify/verify-manifest.ts';
import { testDatabase } from '../support/server.ts';
import { Days } from './days.ts';
import { exportOf, productRoots } from './products.ts';

const database = testDatabase(
  'broken_chain',
  'CREATE TABLE stars AS SELECT n AS id, 0 AS mag FROM generate_series(1, 9) n; ALTER TABLE stars ADD PRIMARY KEY (id)',
);
const { root } = productRoots();
const increment = { by: 'snapshot', key: ['id'], fullEvery: undefined } as const;
const exports = ['a', 'b'].map((name) => exportOf(name, 'SELECT * FROM stars', { increment }));

/** Two tables, a full export of each and so many increments; gives the directories of the days. */
async function chain(name: string, increments: number): Promise<{ days: Days; directories: string[] }> {
  const days = new Days(database.dsn, root(name), exports);
  const directories = [(await days.next()).directory];
  for (let i = 0; i < increments; i++) {
    const { directory, manifest } = await days.next();
    expect(manifest.exports.map(({ kind }) => kind)).toEqual(['increment', 'increment']);
    directories.push(directory);
  }
  return { days, directories };
}

const flip = (path: string, at: (length: number) => number) => {
  const bytes = readFileSync(path);
  bytes[at(bytes.length)]! ^= 1;
  writeFileSync(path, bytes);
};

describe('where a part is not as it was that an increment builds on', () => {
  test('tables are exported in full, and verify tells', async () => {
    const { days, directories } = await chain('file', 2);
    const [base, middle, latest] = directories;
    rmSync(join(base!, 'a.parquet'));
    appendFileSync(join(middle!, 'b.deleted.parquet'), 'x');
    const { problems } = await verifyManifest(join(latest!, 'manifest.json'));
    expect(problems).toEqual([
      `a.parquet of the product ${basename(base!)} is missing or of another size`,
      `b.deleted.parquet of the product ${basename(middle!)} is missing or of another size`,
    ]);
    const { manifest } = await days.next();
    expect(manifest.exports.map(({ fullBecause }) => fullBecause)).toEqual(problems);
    expect(manifest.exports.map(({ kind }) => kind)).toEqual(['full', 'full']);
    expect((await days.next()).manifest.exports[0]).toMatchObject({ kind: 'increment', fullBecause: null });
  });

  test('a file of the previous product itself; the other table is not exported in full', async () => {
    const { days, directories } = await chain('own', 0);
    const file = join(directories[0]!, 'a.parquet');
    const bytes = readFileSync(file);
    rmSync(file);
    const { manifest } = await days.next();
    const lost = `a.parquet of the product ${basename(directories[0]!)} is missing or of another size`;
    expect(manifest.exports.map(({ fullBecause }) => fullBecause)).toEqual([lost, null]);
    writeFileSync(file, bytes);
    expect((await verifyManifest(join(root('own'), 'latest/manifest.json'))).problems).toEqual([]);
  });

  test('a run that is gone', async () => {
    const { days, directories } = await chain('run', 1);
    const [base, latest] = directories;
    renameSync(base!, root('moved'));
    const message = `the product ${basename(base!)}, which ${basename(latest!)} is an increment to, is not there`;
    expect((await verifyManifest(join(latest!, 'manifest.json'))).problems).toEqual([message]);
    const { manifest } = await days.next();
    expect(manifest.exports.map(({ fullBecause }) => fullBecause)).toEqual([message, message]);
  });

  test('a manifest that has changed', async () => {
    const { days, directories } = await chain('manifest', 2);
    const [base, middle] = directories;
    appendFileSync(join(base!, 'manifest.json'), ' ');
    const message = `the manifest of ${basename(base!)} has changed since ${basename(middle!)} was made`;
    const { problems } = await verifyManifest(join(root('manifest'), 'latest/manifest.json'));
    expect(problems).toEqual([message]);
    const { manifest } = await days.next();
    expect(manifest.exports.map(({ fullBecause }) => fullBecause)).toEqual([message, message]);
  });

  test('a damaged file of keys is not compared with', async () => {
    const { days, directories } = await chain('keys', 1);
    const keys = join(directories[1]!, 'a.keys.parquet');
    flip(keys, (length) => length >> 1);
    const { directory, manifest } = await days.next();
    const [a, b] = manifest.exports;
    expect(a).toMatchObject({
      kind: 'full',
      fullBecause: `a.keys.parquet of the product ${basename(directories[1]!)} is damaged: its SHA-256 is another one`,
    });
    expect(b!.kind).toBe('increment');
    expect(existsSync(join(directory, 'a.deleted.parquet'))).toBe(false);
    // A full export has its keys in its data.
    flip(join(directory, 'a.parquet'), () => 10);
    expect((await days.next()).manifest.exports.map(({ kind }) => kind)).toEqual(['full', 'increment']);
  });
});
