import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutCredentials } from '../export/file-metadata.ts';
import { DEFAULT_MAX_MEMORY } from '../export/settings.ts';
import type { ExportedProduct } from './export-product.ts';
import { ofExport } from './exports/of-export.ts';
import { writeDeletedKeys } from './increment/deleted-keys.ts';
import { checkKeyNulls } from './increment/key.ts';
import { manifestFields, schemaFingerprint } from './manifest/fields.ts';
import type { ManifestExport, ManifestFile } from './manifest/manifest.ts';
import { sha256OfFile } from './manifest/read.ts';
import type { ProductRunOptions } from './run.ts';
import type { ProductTable } from './tables.ts';

/** What writing the deleted keys may take, and what ends it. */
type RecordLimits = Pick<ProductRunOptions, 'maxMemory' | 'signal'>;

/** Writes what still belongs to an export, its deleted keys, and says what the manifest says of it. */
export async function recordExport(
  table: ProductTable,
  { files, hashes }: ExportedProduct,
  directory: string,
  limits: RecordLimits,
): Promise<ManifestExport> {
  const { name } = table.config;
  const own = files.filter(({ file }) => file.request.table === table);
  const recorded: ManifestFile[] = [];
  for (const { file, written } of own) {
    const { role, path } = file.request;
    if (table.config.increment !== null) checkKeyNulls(name, table.config.increment.key, written.nulls);
    recorded.push(await recordFile({ role, path, ...written }, directory, await hashes.get(path)!));
  }
  const deleted = await deletedKeys(table, directory, limits).catch(ofExport(name));
  if (deleted !== null) recorded.push(deleted);
  const { file, written, started, finished } = own.find((each) => each.file.request.role === 'data')!;
  const fields = manifestFields(file.planned.plan.fields);
  return {
    name,
    sql: withoutCredentials(file.planned.plan.query),
    kind: table.increment?.kind ?? 'full',
    fullBecause: table.increment?.fullBecause ?? null,
    files: recorded,
    fields,
    schemaFingerprint: schemaFingerprint(fields),
    nulls: written.nulls,
    unrepresentable: written.unrepresentable,
    started: started.toISOString(),
    finished: finished.toISOString(),
    increment: table.increment?.increment ?? null,
  };
}

async function deletedKeys(
  { increment, config, paths }: ProductTable,
  directory: string,
  { maxMemory = DEFAULT_MAX_MEMORY, signal }: RecordLimits,
): Promise<ManifestFile | null> {
  const previousKeys = increment?.previousKeys ?? null;
  if (previousKeys === null || config.increment === null) return null;
  const out = join(directory, paths.deleted_keys);
  const summary = await writeDeletedKeys({
    previousKeys,
    keys: join(directory, paths.keys),
    key: config.increment.key,
    out,
    maxMemory,
    signal,
  });
  const path = paths.deleted_keys;
  return recordFile({ role: 'deleted_keys', path, ...summary }, directory, await sha256OfFile(out));
}

async function recordFile(
  { role, path, rows, rowGroups }: Pick<ManifestFile, 'role' | 'path' | 'rows' | 'rowGroups'>,
  directory: string,
  sha256: string,
): Promise<ManifestFile> {
  const { size } = await stat(join(directory, path));
  return { role, path, rows, bytes: size, sha256, rowGroups };
}
