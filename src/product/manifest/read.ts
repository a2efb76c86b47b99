import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExportError } from '../../errors.ts';
import { aborted } from '../../export/stopping.ts';
import { MANIFEST_FILE, type Manifest, manifestSchema } from './manifest.ts';
import { contentHash } from './seal.ts';

/** A manifest, and the hash by which the next one names it. */
export interface StoredManifest {
  readonly manifest: Manifest;
  /** SHA-256 of the file; the manifest's own `sha256` is of what it says. */
  readonly sha256: string;
}

/** Reads the manifest in a run's directory. Throws `ExportError`: `output` if it cannot be read, `corrupt` if it is none. */
export async function readManifest(directory: string): Promise<StoredManifest> {
  return parseManifest(join(directory, MANIFEST_FILE));
}

/** As `readManifest`, by the manifest's own path. */
export async function parseManifest(path: string): Promise<StoredManifest> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new ExportError('output', `cannot read ${path}: ${error.code ?? error.message}`, {
      stage: 'verify',
      hint: 'name the manifest.json of a product',
      cause: error,
    });
  });
  return { manifest: checked(bytes, path), sha256: createHash('sha256').update(bytes).digest('hex') };
}

function checked(bytes: Buffer, path: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw corrupt(path, 'is not JSON in UTF-8', cause);
  }
  const result = manifestSchema.safeParse(json);
  if (result.success) {
    if (contentHash(json as object) === result.data.sha256) return result.data;
    throw corrupt(path, 'is not as it was written: its sha256 is not that of its other keys');
  }
  const [{ path: place, message } = { path: [], message: 'it is empty' }] = result.error.issues;
  throw corrupt(path, `is not a manifest: ${place.length === 0 ? '' : `${place.join('.')}: `}${message}`);
}

function corrupt(path: string, problem: string, cause?: unknown): ExportError {
  return new ExportError('corrupt', `${path} ${problem}`, {
    stage: 'verify',
    hint: 'it was damaged or changed since it was written, or written by another version',
    cause,
  });
}

/** SHA-256 of a file, read to its end. Throws `ExportError` (`aborted`) when the signal fires. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    if (signal?.aborted) throw aborted(signal);
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
