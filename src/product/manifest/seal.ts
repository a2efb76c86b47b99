import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { openSink } from '../../sink/open.ts';
import { MANIFEST_FILE, type Manifest } from './manifest.ts';

/** All of a manifest but for its hash. */
export type ManifestContent = Omit<Manifest, 'sha256'>;

/**
 * The hash by which a manifest tells that it was changed: SHA-256, in hexadecimal digits, of the UTF-8 of the JSON text of
 * the object without its key `sha256`, keys in the order of the file, no white space between tokens, in strings only `"`,
 * `\\` and control characters escaped: what `JSON.stringify` gives.
 */
export function contentHash(manifest: object): string {
  const { sha256: _, ...content } = manifest as Partial<Manifest>;
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** The manifest with its hash. */
export function sealed(content: ManifestContent): Manifest {
  return { ...content, sha256: contentHash(content) };
}

/** Writes a manifest into a product's directory, flushed to the disk, and gives it with its hash. Throws `ExportError`. */
export async function writeManifest(directory: string, content: ManifestContent): Promise<Manifest> {
  const manifest = sealed(content);
  const sink = await openSink(join(directory, MANIFEST_FILE));
  await sink.write([new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`)]);
  await sink.close();
  return manifest;
}
