import { ExportError } from '../errors.ts';
import { readManifest } from './manifest/read.ts';
import { LATEST, runDirectory } from './publish/layout.ts';
import type { ProductRoot } from './publish/root.ts';
import type { PreviousRun } from './tables.ts';

/**
 * The product that a run of that day follows: the latest one; or where the run replaces that, the one that it followed,
 * if it is still there. Null for none, and where the symlink `latest` was removed. Throws `ExportError` where the latest
 * manifest cannot be read, and where the latest product is of a later day: what follows a product must not be older.
 */
export async function previousRun(
  root: ProductRoot,
  date: string,
  replaced: string | null,
): Promise<PreviousRun | null> {
  const latest = await root.published(LATEST);
  if (latest === null) return null;
  if (replaced === latest) return beforeReplaced(root, replaced);
  const previous = await goodLatest(root, latest);
  if (date < previous.manifest.date) throw earlierDay(root.path, date, previous.manifest.date);
  return previous;
}

function earlierDay(root: string, date: string, latest: string): ExportError {
  return new ExportError(
    'output',
    `the latest product in ${root} is of ${latest}: none of ${date} is made after it`,
    {
      stage: 'write',
      hint: `give --date ${latest} with --overwrite to replace it, or a later day`,
    },
  );
}

function goodLatest(root: ProductRoot, latest: string): Promise<PreviousRun> {
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
