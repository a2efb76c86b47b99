import { join } from 'node:path';
import { expect } from 'vitest';
import type { ExportConfig } from '../../src/product/config/config.ts';
import { fewRows, openDuckDB, readParquet } from '../../src/product/duckdb/duckdb.ts';
import { storedFile } from '../../src/product/duckdb/stored-fields.ts';
import type { Manifest } from '../../src/product/manifest/manifest.ts';
import { runProduct } from '../../src/product/run-product.ts';
import { readWithHyparquet, type Value } from '../support/readers.ts';
import { exportOf, productOf, runOptions } from './products.ts';

/** The runs of one product, a day each. */
export class Days {
  readonly root: string;
  readonly #dsn: string;
  readonly #exports: readonly ExportConfig[];
  #day = 0;

  constructor(dsn: string, path: string, exports: readonly ExportConfig[]) {
    this.#dsn = dsn;
    this.root = path;
    this.#exports = exports;
  }

  /** `exports`: all of them unless others are given. */
  async next(exports = this.#exports): Promise<{ directory: string; manifest: Manifest }> {
    const date = new Date(Date.UTC(2026, 0, ++this.#day)).toISOString().slice(0, 10);
    return runProduct(productOf(this.root, exports), runOptions(this.#dsn, { date, jobs: 1 }));
  }
}

/** A table with increments, and beside it the same in full from the same snapshot. */
export const twice = (query: string, key: readonly string[] = ['id']) => [
  exportOf('t', query, { increment: { by: 'snapshot', key, fullEvery: undefined } }),
  exportOf('whole', query),
];

/** The rows of a file as text, in the order of the text. */
async function rowsOf(path: string): Promise<string[]> {
  const { columns, rows } = await readWithHyparquet(path);
  return Array.from({ length: rows }, (_, i) =>
    JSON.stringify(columns.map((column) => column[i] as Value)),
  ).sort();
}

/** The compacted table must be the same as the one that was exported in full, values bit for bit, and schema. */
export async function expectWhole(directory: string): Promise<void> {
  const [made, whole] = [join(directory, 't.parquet'), join(directory, 'whole.parquet')];
  const rows = await rowsOf(made);
  expect(rows).toEqual(await rowsOf(whole));
  const duckdb = await openDuckDB({ memory: 128 << 20, tempDirectory: directory });
  try {
    expect((await storedFile(duckdb, made)).fields).toEqual((await storedFile(duckdb, whole)).fields);
    const schema = (path: string) =>
      fewRows(duckdb, `SELECT * EXCLUDE file_name FROM parquet_schema('${path}')`);
    expect(await schema(made)).toEqual(await schema(whole));
    const both = [made, whole].map((path) => `SELECT * FROM ${readParquet([path])}`);
    for (const [a, b] of [both, both.toReversed()]) {
      expect(await fewRows(duckdb, `SELECT count(*) FROM (${a} EXCEPT ALL ${b})`)).toEqual([['0']]);
    }
  } finally {
    await duckdb.close();
  }
}
