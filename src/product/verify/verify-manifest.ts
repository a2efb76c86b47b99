import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ExportError } from '../../errors.ts';
import { aborted } from '../../export/stopping.ts';
import { verifyFile } from '../../verify/verify-file.ts';
import { Chains, type Product } from '../compact/chain.ts';
import { brokenBase } from '../compact/parts.ts';
import { schemaFingerprint } from '../manifest/fields.ts';
import {
  MANIFEST_FILE,
  type Manifest,
  type ManifestExport,
  type ManifestField,
  type ManifestFile,
} from '../manifest/manifest.ts';
import { parseManifest, sha256OfFile } from '../manifest/read.ts';
import { isDate } from '../publish/layout.ts';
import { fileFacts } from './file-facts.ts';

/** What a product was found to be. */
export interface ManifestReport {
  readonly manifest: Manifest;
  /** What is wrong, in whole sentences; empty for a product that is as it was published. */
  readonly problems: readonly string[];
  /** Files that were looked at, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  /** Whether the manifest that this one follows is there; where it is, its hash is checked. */
  readonly previous: 'none' | 'there' | 'gone';
}

/**
 * Checks a product by its manifest: that the files are there and no others, their sizes and hashes, each file as
 * `verifyFile` does, their rows, row groups, Arrow schema and nulls against the manifest, the hash of the manifest
 * before it where that is still beside it, and of increments that all is there that they build on, files by their
 * sizes; and the day of a symlink that `path` goes by. Throws `ExportError` for a manifest that is none.
 */
export async function verifyManifest(
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ManifestReport> {
  const real = await realpath(path).catch(() => path);
  const product = { directory: dirname(real), ...(await parseManifest(real)) };
  const { manifest, directory } = product;
  const problems = await strangers(manifest, directory, basename(real));
  let bytes = 0;
  for (const each of manifest.exports) {
    if (schemaFingerprint(each.fields) !== each.schemaFingerprint) {
      problems.push(`export ${each.name}: the fingerprint is not that of its fields`);
    }
    for (const file of each.files) {
      if (signal?.aborted) throw aborted(signal);
      bytes += file.bytes;
      problems.push(...(await fileProblems(each, file, directory, signal)));
    }
  }
  problems.push(...(await baseProblems(product)), ...(await otherDay(path, manifest.date)));
  const { previous, problem } = await checkPrevious(manifest, directory);
  return {
    manifest,
    problems: problem === null ? problems : [...problems, problem],
    files: manifest.exports.reduce((count, { files }) => count + files.length, 0),
    bytes,
    previous,
  };
}

/** Files that the manifest does not name. */
async function strangers(manifest: Manifest, directory: string, own: string): Promise<string[]> {
  const named = new Set(manifest.exports.flatMap(({ files }) => files.map(({ path }) => path)));
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1))
    .filter((path) => path !== own && !named.has(path))
    .sort()
    .map((path) => `${path} is not in the manifest`);
}

async function fileProblems(
  { name, fields, nulls }: ManifestExport,
  file: ManifestFile,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const path = join(directory, file.path);
  const stats = await stat(path).catch(() => null);
  if (stats === null) return [`${file.path} is missing`];
  if (stats.size !== file.bytes) return [`${file.path} has ${stats.size} bytes, not ${file.bytes}`];
  if ((await sha256OfFile(path, signal)) !== file.sha256) return [`${file.path} has another SHA-256`];
  try {
    const report = await verifyFile(path, { signal });
    const counted = [
      ...differing(`${file.path}: rows`, report.rows, file.rows),
      ...differing(`${file.path}: row groups`, report.rowGroups, file.rowGroups),
    ];
    if (file.role !== 'data') return counted;
    const found = await fileFacts(path);
    return [
      ...counted,
      ...fieldProblems(file.path, found.fields, fields),
      ...[...found.nulls].flatMap(([column, count]) =>
        differing(`export ${name}: nulls of ${column}`, count, nulls[column] ?? 0),
      ),
    ];
  } catch (error) {
    if (!(error instanceof ExportError) || error.code === 'aborted') throw error;
    return [error.message];
  }
}

function fieldProblems(
  path: string,
  found: readonly ManifestField[],
  named: readonly ManifestField[],
): string[] {
  const text = (fields: readonly ManifestField[]) =>
    JSON.stringify(
      fields.map(({ name, type, nullable, postgresType }) => [name, type, nullable, postgresType]),
    );
  return text(found) === text(named) ? [] : [`${path} has another Arrow schema than the manifest says`];
}

function differing(what: string, found: number, named: number): string[] {
  return found === named ? [] : [`${what}: ${found}, the manifest says ${named}`];
}

/** A symlink that is named by a day must lead to the product of that day. */
async function otherDay(path: string, date: string): Promise<string[]> {
  const link = dirname(resolve(path));
  const name = basename(link);
  if (!isDate(name) || name === date || !(await lstat(link)).isSymbolicLink()) return [];
  return [`${name} leads to a product of ${date}`];
}

/** What is wrong with what increments build on, which `compact` would need. Several may build on the same. */
async function baseProblems(product: Product): Promise<Set<string>> {
  const chains = new Chains();
  const problems = new Set<string>();
  for (const each of product.manifest.exports) {
    const problem = await brokenBase(chains, { product, export: each });
    if (problem !== null) problems.add(problem);
  }
  return problems;
}

/** Runs are beside each other as long as they are in their product root. */
async function checkPrevious(
  { previous }: Manifest,
  directory: string,
): Promise<{ previous: ManifestReport['previous']; problem: string | null }> {
  if (previous === null) return { previous: 'none', problem: null };
  const path = join(dirname(directory), previous.run, MANIFEST_FILE);
  const hash = await sha256OfFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (hash === null) return { previous: 'gone', problem: null };
  if (hash === previous.sha256) return { previous: 'there', problem: null };
  return { previous: 'there', problem: `the manifest before it, ${previous.run}, has another SHA-256` };
}
