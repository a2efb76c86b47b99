import { readdir, readlink, rename, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { flushDirectory } from '../../sink/descriptor.ts';
import { RUNS } from './layout.ts';

/** The run that the symlink `name` in the root leads to; null where there is none, or it leads elsewhere. */
export async function linkedRun(root: string, name: string): Promise<string | null> {
  const target = await readlink(join(root, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'EINVAL') return null;
    throw error;
  });
  // A user's own symlink may be written as an absolute path, or with a slash at its end.
  return target?.match(/(?:^|\/)runs\/([^/]+)\/?$/)?.[1] ?? null;
}

/** All symlinks in the root that lead to runs, by name. */
export async function linkedRuns(root: string): Promise<Map<string, string>> {
  const links = new Map<string, string>();
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue;
    const run = await linkedRun(root, entry.name);
    if (run !== null) links.set(entry.name, run);
  }
  return links;
}

/** Lets the symlink `name` lead to the run, at one stroke and durably, whatever it led to before. */
export async function linkTo(root: string, name: string, run: string): Promise<void> {
  const fresh = join(root, `.${name}.new`);
  await unlink(fresh).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await symlink(join(RUNS, run), fresh);
  await rename(fresh, join(root, name));
  await flushDirectory(root);
}
