import { existsSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ExportError } from '../errors.ts';
import { MANIFEST_FILE } from './manifest/manifest.ts';
import { LATEST } from './publish/layout.ts';

/**
 * The manifest of the product that `path` names: the manifest itself, the product's directory, or a product root, whose
 * latest product it is then. Throws `ExportError` (`output`) where there is none, or `path` is a Parquet file.
 */
export async function locateManifest(path: string): Promise<string> {
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw notFound(`there is no ${path}`, 'check the path for a typing error');
    throw notFound(`${path} cannot be read: ${error.message}`, 'name a product that you may read', error);
  });
  if (stats.isDirectory()) return manifestIn(path);
  if (stats.isFile() && (await isParquet(path))) {
    throw notFound(
      `${path} is a Parquet file`,
      'name the directory of its product, with a manifest.json in it',
    );
  }
  return path;
}

async function manifestIn(directory: string): Promise<string> {
  const candidates = [join(directory, MANIFEST_FILE), join(directory, LATEST, MANIFEST_FILE)];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  const names = await readdir(directory).catch((): string[] => []);
  throw notFound(
    `there is no ${MANIFEST_FILE} in ${directory}`,
    names.some((name) => name.endsWith('.parquet'))
      ? 'it is no product; to verify its Parquet files, name the files'
      : `name the directory of a product, or a product root, which has a ${LATEST}`,
  );
}

async function isParquet(path: string): Promise<boolean> {
  const handle = await open(path).catch(() => null);
  if (handle === null) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.toString('latin1') === 'PAR1';
  } finally {
    await handle.close();
  }
}

function notFound(message: string, hint: string, cause?: unknown): ExportError {
  return new ExportError('output', message, { stage: 'verify', hint, cause });
}
