import { randomBytes } from 'node:crypto';
import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ExportError } from '../../errors.ts';
import { DEFAULT_MAX_MEMORY } from '../../export/settings.ts';
import { aborted } from '../../export/stopping.ts';
import { createError } from '../../sink/output-error.ts';
import type { Manifest, ManifestExport } from '../manifest/manifest.ts';
import { writeManifest } from '../manifest/seal.ts';
import { flushTree } from '../publish/flush.ts';
import { findChain, type Link, readProduct } from './chain.ts';
import { copyExport } from './copy-export.ts';
import { mergeExport } from './merge-export.ts';

export interface CompactOptions {
  /** Manifests, directories or roots of products: the one to compact, and such as it was made from. */
  readonly products: readonly string[];
  /** The directory to make; its own directory must be there. */
  readonly out: string;
  /** Bytes of memory that the process may take; default 512 MiB. */
  readonly maxMemory?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called when an export is complete. */
  readonly onExport?: ((compacted: CompactedExport) => void) | undefined;
}

export interface CompactedExport {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  /** How many products it was made from. */
  readonly products: number;
}

/**
 * Makes a product of full exports from one with increments and those that it builds on: of each key the last version,
 * without those that were deleted. Its directory appears whole, or not at all. Throws `ExportError`.
 */
export async function compactProduct(options: CompactOptions): Promise<Manifest> {
  const out = resolve(options.out);
  await requireAbsent(out, options.out);
  const products = await Promise.all(options.products.map(readProduct));
  const { newest, exports } = await findChain(products);
  const started = new Date();
  // Not mkdtemp: its directories are closed to others.
  const directory = join(dirname(out), `.${basename(out)}.${randomBytes(4).toString('hex')}`);
  await mkdir(directory).catch((error) => {
    throw createError(error, options.out);
  });
  try {
    const made: ManifestExport[] = [];
    for (const links of exports) made.push(await makeExport(links, directory, options));
    const manifest = await writeManifest(directory, {
      ...newest.manifest,
      run: basename(out),
      started: started.toISOString(),
      finished: new Date().toISOString(),
      previous: { run: newest.manifest.run, sha256: newest.sha256 },
      compactedFrom: Math.max(1, ...exports.map((links) => links.length)),
      exports: made,
    });
    await flushTree(directory);
    if (options.signal?.aborted) throw aborted(options.signal);
    await rename(directory, out);
    await flushTree(out);
    return manifest;
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function makeExport(
  links: readonly Link[],
  directory: string,
  { maxMemory = DEFAULT_MAX_MEMORY, signal, onExport }: CompactOptions,
): Promise<ManifestExport> {
  if (signal?.aborted) throw aborted(signal);
  const own = links.at(-1)!.export;
  for (const { path } of own.files) await mkdir(dirname(join(directory, path)), { recursive: true });
  const made =
    links.length === 1
      ? await copyExport(links[0]!, directory)
      : await mergeExport(links, directory, { maxMemory, signal });
  const [rows, bytes] = [made.files.map((file) => file.rows), made.files.map((file) => file.bytes)].map(
    (counts) => counts.reduce((sum, count) => sum + count, 0),
  );
  onExport?.({ name: made.name, rows: rows!, bytes: bytes!, products: links.length });
  return made;
}

async function requireAbsent(path: string, given: string): Promise<void> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw createError(error, given);
  });
  if (stats === null) return;
  throw new ExportError('output', `${given} is there already`, {
    stage: 'write',
    hint: 'give --out a directory that is to be made',
  });
}
