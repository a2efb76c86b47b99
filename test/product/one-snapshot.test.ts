import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportToParquet } from '../../src/export/export.ts';
import type { RunEvent } from '../../src/product/run.ts';
import { runPlain } from '../../src/product/run-plain.ts';
import { runProduct } from '../../src/product/run-product.ts';
import { testDatabase } from '../support/server.ts';
import { CHURNING_NAMES, CHURNING_TABLES, inconsistencies, startChurn } from './churn.ts';
import { exportOf, productOf, productRoots, runOptions } from './products.ts';

const database = testDatabase('one_snapshot', CHURNING_TABLES);
const { root } = productRoots();
const tables = CHURNING_NAMES.map((name) => exportOf(name, `SELECT * FROM ${name}`));

test('all tables of a product show one instant, while others write all the time', async () => {
  const churn = startChurn(database.dsn);
  const jobs: number[] = [];
  const onEvent = (event: RunEvent) => {
    if (event.kind === 'started') jobs.push(event.jobs);
  };
  for (const day of [23, 24]) {
    const date = `2026-11-${day}`;
    const config = productOf(root('churning'), tables);
    const { directory } = await runProduct(config, runOptions(database.dsn, { date, jobs: 4, onEvent }));
    expect(await inconsistencies(directory)).toEqual([]);
  }
  expect(await churn.stop()).toBeGreaterThan(20);
  // Some were read in slices.
  expect(Math.max(...jobs)).toBeGreaterThan(1);
});

test('so do the files of the plain form', async () => {
  mkdirSync(root('plain'));
  const churn = startChurn(database.dsn);
  const exports = tables.map(({ name, sql }) => ({
    sql,
    out: join(root('plain'), `${name}.parquet`),
    options: {},
  }));
  const summary = await runPlain(exports, { connection: { dsn: database.dsn }, jobs: 2 });
  expect(summary.exports.map(({ out }) => out)).toEqual(exports.map(({ out }) => out));
  expect(await inconsistencies(root('plain'))).toEqual([]);
  await churn.stop();
});

test('the same with a snapshot for each table shows several, so the tests above can fail', async () => {
  mkdirSync(root('apart'));
  const churn = startChurn(database.dsn);
  let found: string[] = [];
  for (let round = 0; round < 10 && found.length === 0; round++) {
    for (const { name, sql } of tables) {
      const out = join(root('apart'), `${name}.parquet`);
      await exportToParquet({ sql, out, connection: { dsn: database.dsn }, jobs: 1 });
    }
    found = await inconsistencies(root('apart'));
  }
  await churn.stop();
  expect(found.length).toBeGreaterThan(0);
});
