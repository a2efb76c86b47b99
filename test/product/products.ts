import { existsSync, lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { ExportConfig, ProductConfig } from '../../src/product/config/config.ts';
import type { ProductRunOptions } from '../../src/product/run.ts';

/** A folder of the calling test file's own, for product roots. */
export function productRoots(): { root(name: string): string } {
  const folder = mkdtempSync(join(tmpdir(), 'ddpp-product-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return { root: (name) => join(folder, name) };
}

/** The configuration of one export with all that is not given left to its default. */
export function exportOf(name: string, sql: string, more: Partial<ExportConfig> = {}): ExportConfig {
  return {
    name,
    sql,
    out: '{name}.parquet',
    options: {},
    requiredColumns: [],
    minRows: undefined,
    maxRowDrop: undefined,
    unique: [],
    onSchemaChange: 'warn',
    increment: null,
    ...more,
  };
}

export function productOf(
  root: string,
  exports: readonly ExportConfig[],
  more: Partial<ProductConfig> = {},
): ProductConfig {
  return { root, connection: {}, jobs: undefined, maxMemory: undefined, keep: undefined, exports, ...more };
}

export function runOptions(dsn: string, more: Partial<ProductRunOptions> = {}): ProductRunOptions {
  return { connection: { dsn }, date: '2026-11-23', overwrite: false, keepFailed: false, jobs: 2, ...more };
}

/** Everything that others can see under a root: paths, symlinks with their targets. Without the lock, there is none. */
export function listing(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => {
      const stats = lstatSync(join(root, path));
      return stats.isSymbolicLink() ? `${path} -> ${readlinkSync(join(root, path))}` : path;
    })
    .sort();
}
