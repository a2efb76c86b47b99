import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runProduct } from '../../src/product/run-product.ts';
import { testDatabase } from '../support/server.ts';
import { exportOf, listing, productOf, productRoots, runOptions } from './products.ts';

const database = testDatabase(
  'order_of_days',
  'CREATE TABLE planets (id int); INSERT INTO planets VALUES (1)',
);
const { root } = productRoots();

const run = (path: string, date: string, overwrite = false) =>
  runProduct(
    productOf(path, [exportOf('planets', 'TABLE planets')]),
    runOptions(database.dsn, { date, overwrite, jobs: 1 }),
  );

describe('latest never goes back to an earlier day:', () => {
  test.each([
    ['an earlier day is refused', '2026-11-21', false],
    ['an earlier day is refused with overwrite, too', '2026-11-21', true],
    ['an earlier product is there already', '2026-11-22', false],
    ['an earlier product cannot be replaced', '2026-11-22', true],
  ])('%s', async (name, date, overwrite) => {
    const path = root(name);
    await run(path, '2026-11-22');
    await run(path, '2026-11-23');
    const before = listing(path);
    await expect(run(path, date, overwrite)).rejects.toMatchObject({
      code: 'output',
      message: `the latest product in ${path} is of 2026-11-23: none of ${date} is made after it`,
      hint: 'give --date 2026-11-23 with --overwrite to replace it, or a later day',
    });
    expect(listing(path)).toEqual(before);
  });

  test('the latest one can be replaced, also a damaged one, and a later one made', async () => {
    const path = root('replaced');
    await run(path, '2026-11-22');
    const { manifest, directory } = await run(path, '2026-11-23');
    const second = await run(path, '2026-11-23', true);
    expect(second.manifest.previous).toEqual(manifest.previous);
    writeFileSync(join(second.directory, 'manifest.json'), '{}');
    expect((await run(path, '2026-11-23', true)).manifest.previous).toBeNull();
    expect((await run(path, '2026-11-24')).manifest.previous).not.toBeNull();
    expect(listing(join(directory, '..'))).toHaveLength(5 * 3);
  });
});

test('without latest nothing is followed, whatever is replaced', async () => {
  const path = root('anew');
  await run(path, '2026-11-21');
  await run(path, '2026-11-22');
  rmSync(join(path, 'latest'));
  expect((await run(path, '2026-11-22', true)).manifest.previous).toBeNull();
});
