import type { Stats } from 'node:fs';
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { outputError, writeError } from './output-error.ts';

/** What an output path leads to, all symlinks followed. */
export type Destination =
  /** An open descriptor of this process, as /dev/stdout is. */
  | { readonly kind: 'descriptor'; readonly fd: number }
  /** A file, device or directory at `path`, or a free name where `stats` is null; `path` is absolute. */
  | { readonly kind: 'path'; readonly path: string; readonly stats: Stats | null };

/** Linux's limit of symlinks in a path (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Follows the symlinks of `out`, dangling ones too. Throws where the directory of the output does not exist.
 * Joins paths without normalising them: `link/..` is not the directory of `link`.
 */
export async function resolveOutput(out: string): Promise<Destination> {
  let path = out;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const directory = await realDirectory(path, out);
    const name = basename(path);
    if (directory === `/proc/${process.pid}/fd` && /^\d+$/.test(name)) {
      return { kind: 'descriptor', fd: Number(name) };
    }
    path = join(directory, name);
    const stats = await statIfThere(path, out);
    if (!stats?.isSymbolicLink()) return { kind: 'path', path, stats };
    const link = await readlink(path);
    path = link.startsWith('/') ? link : `${directory}/${link}`;
  }
  throw writeError(Object.assign(new Error(), { code: 'ELOOP' }), out);
}

async function realDirectory(path: string, out: string): Promise<string> {
  const directory = dirname(path);
  try {
    const real = await realpath(directory);
    if ((await stat(real)).isDirectory()) return real;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw writeError(error, out);
    throw outputError(
      `cannot write ${out}: the directory ${directory} does not exist`,
      'create it first, or correct the path',
      error,
    );
  }
  throw outputError(`cannot write ${out}: ${directory} is not a directory`, 'correct the path');
}

async function statIfThere(path: string, out: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw writeError(error, out);
  }
}
