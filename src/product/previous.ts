import { ExportError } from '../errors.ts';
import { readManifest } from './manifest/read.ts';
import { LATEST, runDirectory } from './publish/layout.ts';
import type { ProductRoot } from './publish/root.ts';
import type { PreviousRun } from './tables.ts';

/**
 * The product that a run follows: the latest one; or where the run replaces the product of its day, the one that that
 * followed, if it is still there. Null for none. Throws `ExportError` where the latest manifest cannot be read.
 */
export async function previousRun(root: ProductRoot, replaced: string | null): Promise<PreviousRun | null> {
  if (replaced !== null) return beforeReplaced(root, replaced);
  const latest = await root.published(LATEST);
  if (latest === null) return null;
  return stored(root, latest).catch((error) => {
    if (!(error instanceof ExportError)) throw error;
    throw new ExportError(error.code, `the previous product has no good manifest: ${error.message}`, {
      stage: 'verify',
      hint: `restore it, or begin anew by removing the symlink ${LATEST}`,
      cause: error,
    });
  });
}

/** What is replaced may well be damaged: then nothing is known of what it followed. */
async function beforeReplaced(root: ProductRoot, replaced: string): Promise<PreviousRun | null> {
  try {
    const { previous } = (await stored(root, replaced)).manifest;
    if (previous === null) return null;
    const before = await stored(root, previous.run);
    return before.sha256 === previous.sha256 ? before : null;
  } catch (error) {
    if (error instanceof ExportError) return null;
    throw error;
  }
}

async function stored(root: ProductRoot, run: string): Promise<PreviousRun> {
  const directory = runDirectory(root.path, run);
  return { directory, ...(await readManifest(directory)) };
}
