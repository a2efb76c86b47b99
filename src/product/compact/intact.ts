import { join } from 'node:path';
import { ExportError } from '../../errors.ts';
import type { ManifestFile } from '../manifest/manifest.ts';
import { sha256OfFile } from '../manifest/read.ts';

/** Throws `ExportError` (`corrupt`) unless a file is as its manifest says. */
export async function requireIntact({ path, sha256 }: ManifestFile, directory: string): Promise<void> {
  const file = join(directory, path);
  const found = await sha256OfFile(file).catch((error: NodeJS.ErrnoException) => {
    throw damaged(`cannot read ${file}: ${error.code ?? error.message}`, error);
  });
  if (found !== sha256) throw damaged(`${file} is not as its manifest says: its SHA-256 is another one`);
}

function damaged(message: string, cause?: unknown): ExportError {
  return new ExportError('corrupt', message, {
    stage: 'verify',
    hint: 'restore the file; fast-export verify says what else is wrong',
    cause,
  });
}
