import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { runFastExport, spawnFastExport } from '../support/command.ts';
import { testDatabase } from '../support/server.ts';
import { Days, expectWhole, twice } from './days.ts';
import { productRoots } from './products.ts';

const { dsn, sql } = testDatabase('compact_command');
const { root } = productRoots();
const products = root('products');
let base: string;

beforeAll(async () => {
  await sql(
    "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'a' FROM generate_series(1, 100000) AS i",
  );
  const days = new Days(dsn, products, twice('TABLE t'));
  base = (await days.next()).directory;
  await sql("UPDATE t SET v = 'b' WHERE id = 1; DELETE FROM t WHERE id = 2");
  await days.next();
});

describe('fast-export compact', () => {
  test('makes a product, and says of what', async () => {
    const out = join(products, 'compacted');
    const { status, stdout, stderr } = await runFastExport(['compact', products, '--out', out]);
    expect(stderr).toMatch(
      /^fast-export: t: 99,999 rows, [\d.]+ kB, merged from 2 products\nfast-export: whole: 99,999 rows, [\d.]+ kB, copied\nfast-export: the product is in .*compacted\n$/,
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    await expectWhole(out);
    const verified = await runFastExport(['verify', join(out, 'manifest.json')]);
    expect(verified.stdout).toMatch(/, compacted from 2 products\n$/);
    expect(verified.status).toBe(0);
    expect((await runFastExport(['diff', join(products, 'latest'), out])).status).toBe(0);
  });

  test('is quiet if asked to be', async () => {
    const out = join(products, 'quiet');
    expect(await runFastExport(['compact', base, '--out', out, '--quiet'])).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(existsSync(join(out, 'manifest.json'))).toBe(true);
  });

  test.each([
    [['compact'], 'fast-export compact needs <product>'],
    [['compact', '/tmp'], 'it is not said where to\nhint: give the directory to make with --out'],
    [['compact', '/tmp', '--out', 'x', '--max-memory', '1MiB'], '--max-memory cannot be "1MiB"'],
  ])('%j is a wrong command line', async (args, message) => {
    const { status, stderr } = await runFastExport(args);
    expect(status).toBe(2);
    expect(stderr).toContain(`fast-export: ${message}`);
  });

  test('fails where there is no product, or no place for one', async () => {
    const missing = await runFastExport(['compact', '/nonexistent', '--out', join(products, 'x')]);
    expect(missing).toMatchObject({ status: 1, stderr: expect.stringContaining('there is no /nonexistent') });
    const parquet = join(base, 't.parquet');
    expect(await runFastExport(['compact', parquet, '--out', join(products, 'x')])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        `${parquet} is a Parquet file\nhint: name the directory of its product`,
      ),
    });
    const nowhere = await runFastExport(['compact', products, '--out', join(products, 'no', 'where')]);
    expect(nowhere).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no such file or directory'),
    });
  });

  test('a signal ends it, and leaves nothing', async () => {
    const left = () => readdirSync(products).filter((name) => name.includes('interrupted'));
    const { child, result } = spawnFastExport(['compact', products, '--out', join(products, 'interrupted')]);
    while (left().length === 0) await sleep(5);
    child.kill('SIGINT');
    expect(await result).toMatchObject({
      status: 130,
      stderr: expect.stringContaining('fast-export: interrupted by SIGINT; nothing was made'),
    });
    expect(left()).toEqual([]);
  });

  test('without its package it says what to install', async () => {
    const hooks = join(products, 'hooks.mjs');
    writeFileSync(
      hooks,
      `import { registerHooks } from 'node:module';
      registerHooks({
        resolve(specifier, context, next) {
          if (specifier === '@duckdb/node-api') throw new Error('there is no such package');
          return next(specifier, context);
        },
      });`,
    );
    const out = join(products, 'without');
    const { status, stderr } = await runFastExport(['compact', products, '--out', out], {
      env: { NODE_OPTIONS: `--import ${hooks}` },
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        'fast-export: this takes the package @duckdb/node-api, which is not installed\nhint: install it beside ddpp: npm install @duckdb/node-api\n',
    });
    expect(existsSync(out)).toBe(false);
    // A full product needs no merging.
    const full = await runFastExport(['compact', base, '--out', out], {
      env: { NODE_OPTIONS: `--import ${hooks}` },
    });
    expect(full.status).toBe(0);
  });
});
