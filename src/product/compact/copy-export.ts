import { constants } from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import { flush } from '../../sink/descriptor.ts';
import { writeError } from '../../sink/output-error.ts';
import type { ManifestExport } from '../manifest/manifest.ts';
import type { Link } from './chain.ts';
import { requireIntact } from './intact.ts';

/** Copies a full export as it is, where the file system can by reference. Throws `ExportError`. */
export async function copyExport({ product, export: own }: Link, directory: string): Promise<ManifestExport> {
  for (const file of own.files) {
    const copy = join(directory, file.path);
    try {
      await copyFile(join(product.directory, file.path), copy, constants.COPYFILE_FICLONE);
      const handle = await open(copy, 'r+');
      await flush(handle.fd).finally(() => handle.close());
    } catch (error) {
      throw writeError(error, copy);
    }
    await requireIntact(file, directory);
  }
  return own;
}
