import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ExportError } from '../../errors.ts';
import { DEFAULT_ROW_GROUP_SIZE } from '../../export/settings.ts';
import { openSink } from '../../sink/open.ts';
import { type DuckDB, readParquet, withDuckDB } from '../duckdb/duckdb.ts';
import { keyList, withoutKeys } from '../duckdb/keys.ts';
import { memoryOf } from '../duckdb/memory.ts';
import { type OutputTotals, ParquetOutput } from '../duckdb/parquet-output.ts';
import { storedFile } from '../duckdb/stored-fields.ts';
import type { ManifestExport, ManifestFile } from '../manifest/manifest.ts';
import { sha256OfFile } from '../manifest/read.ts';
import type { Link } from './chain.ts';
import { requireIntact } from './intact.ts';

export interface MergeLimits {
  /** Bytes of memory that the process may take. */
  readonly maxMemory: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Merges a full export and the increments to it into one file: rows in the order of the full export, those of each
 * increment after them. DuckDB decides which rows are the last of their keys; they are written with the fields of the
 * files that they come from. Throws `ExportError`.
 */
export async function mergeExport(
  links: readonly Link[],
  directory: string,
  { maxMemory, signal }: MergeLimits,
): Promise<ManifestExport> {
  for (const { product, export: each } of links) {
    for (const file of each.files) await requireIntact(file, product.directory);
  }
  const memory = memoryOf(maxMemory);
  const { path } = filesOf(links.at(-1)!, 'data')[0]!;
  const limits = { memory: memory.duckdb, tempDirectory: directory, signal };
  const totals = await withDuckDB(limits, (duckdb) =>
    merge(duckdb, links, join(directory, path), memory.rowGroup),
  );
  return recorded(links, totals, await recordFile(directory, path, totals));
}

async function merge(
  duckdb: DuckDB,
  links: readonly Link[],
  out: string,
  rowGroupBytes: number,
): Promise<OutputTotals> {
  const newest = links.at(-1)!;
  const { key } = newest.export.increment!;
  const stored = await storedFile(duckdb, pathsOf(newest, 'data')[0]!);
  await duckdb.connection.run(changedKeys(links, key));
  const sink = await openSink(out);
  try {
    const output = await ParquetOutput.create(duckdb, sink, {
      fields: stored.fields,
      metadata: { ...stored.metadata, 'ddpp:sql': links[0]!.export.sql },
      choices: {},
      rowGroupSize: DEFAULT_ROW_GROUP_SIZE,
      rowGroupBytes,
    });
    for (const [place, link] of links.entries()) {
      const later = `(SELECT ${keyList(key)} FROM changed WHERE place > ${place})`;
      await output.append(withoutKeys(readParquet(pathsOf(link, 'data')), later, key));
    }
    const totals = await output.finish();
    requireAllRows(newest, totals.rows);
    await sink.close();
    return totals;
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

/** All keys that increments write or delete, with the last one that does. */
function changedKeys(links: readonly Link[], key: readonly string[]): string {
  const changes = links.slice(1).map((link, i) => {
    const paths = [...pathsOf(link, 'data'), ...pathsOf(link, 'deleted_keys')];
    return paths.map((path) => `SELECT ${keyList(key)}, ${i + 1} AS place FROM ${readParquet([path])}`);
  });
  return `CREATE TEMP TABLE changed AS SELECT ${keyList(key)}, max(place) AS place
    FROM (${changes.flat().join(' UNION ALL ')}) GROUP BY ${keyList(key)}`;
}

/** The newest product knows how many rows there are. */
function requireAllRows({ export: { name, files, increment } }: Link, rows: number): void {
  const expected = files.filter(({ role }) => role === 'keys').reduce((sum, file) => sum + file.rows, 0);
  if (rows === expected) return;
  const message = `${name} has ${expected} rows, but its parts give ${rows} when they are merged`;
  throw new ExportError('corrupt', message, {
    stage: 'verify',
    hint:
      increment?.by === 'column'
        ? 'a row came with an old value of the column, or its writer was open for longer than the lag: make a full export, and let the column change with each write, or the lag be longer'
        : 'make a full export, and please report this',
  });
}

function recorded(links: readonly Link[], { nulls }: OutputTotals, file: ManifestFile): ManifestExport {
  const newest = links.at(-1)!;
  return {
    ...newest.export,
    sql: links[0]!.export.sql,
    kind: 'full',
    fullBecause: `compacted from the ${links.length} products ${links[0]!.product.manifest.run} to ${newest.product.manifest.run}`,
    files: [file],
    nulls: { ...nulls },
    unrepresentable: unrepresentable(links, nulls),
  };
}

/** At most: of rows that came again, only the last version is there. */
function unrepresentable(
  links: readonly Link[],
  nulls: Readonly<Record<string, number>>,
): Record<string, number> {
  const most: Record<string, number> = {};
  for (const [column, count] of links.flatMap((link) => Object.entries(link.export.unrepresentable))) {
    most[column] = Math.min((most[column] ?? 0) + count, nulls[column] ?? 0);
  }
  return Object.fromEntries(Object.entries(most).filter(([, count]) => count > 0));
}

async function recordFile(directory: string, path: string, totals: OutputTotals): Promise<ManifestFile> {
  const file = join(directory, path);
  const { rows, rowGroups } = totals;
  return {
    role: 'data',
    path,
    rows,
    rowGroups,
    bytes: (await stat(file)).size,
    sha256: await sha256OfFile(file),
  };
}

function filesOf(link: Link, role: ManifestFile['role']): ManifestFile[] {
  return link.export.files.filter((file) => file.role === role);
}

function pathsOf(link: Link, role: ManifestFile['role']): string[] {
  return filesOf(link, role).map(({ path }) => join(link.product.directory, path));
}
