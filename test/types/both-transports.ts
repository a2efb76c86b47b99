import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import {
  type BatchOptions,
  type ExportError,
  type ExportOptions,
  type ExportSummary,
  exportBatches,
  exportToParquet,
} from '../../src/index.ts';
import { type ReadField, readWithDuckDB, type Value } from '../support/readers.ts';

const TRANSPORTS = ['binary', 'csv'] as const;

export interface Exported {
  /** Values by column name, and the columns' types in DuckDB's words. */
  readonly values: Readonly<Record<string, readonly Value[]>>;
  readonly types: Readonly<Record<string, string>>;
  readonly schema: readonly ReadField[];
  readonly summary: ExportSummary;
  /** One file for each transport. */
  readonly files: readonly string[];
}

type Options = Partial<Omit<ExportOptions, 'sql' | 'out' | 'transport'>>;

/** Exports with both transports, which must give the same, and reads the files with DuckDB. Call `bothTransports` once per file. */
export function bothTransports(dsn: string): (sql: string, options?: Options) => Promise<Exported> {
  const folder = mkdtempSync(join(tmpdir(), 'ddpp-both-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  let count = 0;
  return async (sql, options = {}) => {
    const files: string[] = [];
    const results: Omit<Exported, 'files'>[] = [];
    for (const transport of TRANSPORTS) {
      const out = join(folder, `${count++}.parquet`);
      const summary = await exportToParquet({ connection: { dsn }, sql, out, transport, ...options });
      files.push(out);
      const { schema, columns } = await readWithDuckDB(out);
      results.push({
        schema,
        values: Object.fromEntries(schema.map(({ name }, i) => [name, columns[i]!])),
        types: Object.fromEntries(schema.map(({ name, type }) => [name, type])),
        summary,
      });
    }
    const [binary, csv] = results as [Omit<Exported, 'files'>, Omit<Exported, 'files'>];
    expect(csv.values).toEqual(binary.values);
    expect(csv.schema).toEqual(binary.schema);
    expect(csv.summary.unrepresentable).toEqual(binary.summary.unrepresentable);
    return { ...binary, files };
  };
}

/** Asserts that reading fails over both transports with the same error, which it gives. */
export async function failure(
  dsn: string,
  sql: string,
  options: Partial<BatchOptions> = {},
): Promise<object> {
  const errors: object[] = [];
  for (const transport of TRANSPORTS) {
    try {
      for await (const _ of exportBatches({ connection: { dsn }, sql, transport, ...options }));
      throw new Error(`no error: ${sql}`);
    } catch (error) {
      const { code, message, hint, column, row } = error as ExportError;
      errors.push({ code, message, hint, column, row });
    }
  }
  expect(errors[1]).toEqual(errors[0]);
  return errors[0]!;
}
