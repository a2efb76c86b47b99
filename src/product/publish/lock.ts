import { randomBytes } from 'node:crypto';
import { readdir, readlink, symlink, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { ExportError } from '../../errors.ts';
import { createError } from '../../sink/output-error.ts';
import { hasEnded, identityText, ownIdentity, parseIdentity } from '../../sink/process-identity.ts';

/** Held by one run at a time. */
export interface Lock {
  /** Whether it is still there: somebody may have removed it by hand. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/** What a process holds beside a lock while it removes it. */
const GUARD = '.removal';

/** More often than a process can die while it removes a dead one's lock. */
const MAX_ATTEMPTS = 20;

/**
 * Takes the lock at `path`: a symlink that leads nowhere and whose text names its process. Unlike a file it comes with
 * its content at once, and like O_EXCL it fails where one is there already. The lock of a process that has provably
 * ended is removed. Throws `ExportError` (`output`) where another process holds it.
 */
export async function takeLock(path: string): Promise<Lock> {
  const self = await ownIdentity();
  const owner = self === null ? `unknown.${hostname()}.${process.pid}` : identityText(self);
  const text = `${owner}.${randomBytes(8).toString('hex')}`;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    try {
      await symlink(text, path);
      return {
        isHeld: async () => (await readLock(path)) === text,
        release: () => remove(path),
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw createError(error, path);
    }
    const holder = await readLock(path);
    if (holder === null) continue;
    if (!(await isDead(holder))) throw heldBy(holder, path);
    await removeDead(path, holder);
  }
  throw new ExportError('output', `the lock ${path} comes and goes`, {
    stage: 'write',
    hint: 'see which other processes work there',
  });
}

/** Only who holds the lock beside it may remove a dead lock: another process may have replaced it meanwhile. */
async function removeDead(path: string, holder: string): Promise<void> {
  const guard = await takeLock(path + GUARD);
  try {
    if ((await readLock(path)) === holder) await remove(path);
  } finally {
    await guard.release();
  }
}

/** Removes what processes have left that died while they removed the dead lock at `path`. */
export async function removeDeadGuards(path: string): Promise<void> {
  const guards = (await readdir(dirname(path))).filter((name) => name.startsWith(basename(path) + GUARD));
  // The guard of a guard has the longer name.
  for (const name of guards.sort().reverse()) {
    const guard = await takeLock(join(dirname(path), name)).catch(() => null);
    await guard?.release();
  }
}

async function isDead(holder: string): Promise<boolean> {
  const self = await ownIdentity();
  const other = parseIdentity(holder.replace(/\.[0-9a-f]{16}$/, ''));
  return self !== null && other !== null && (await hasEnded(other, self));
}

async function readLock(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw createError(error, path);
  }
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw createError(error, path);
  });
}

function heldBy(holder: string, path: string): ExportError {
  const other = parseIdentity(holder.replace(/\.[0-9a-f]{16}$/, ''));
  const who = other === null ? '' : `: process ${other.pid} on ${other.host}`;
  return new ExportError('output', `another run is under way in this product root${who}`, {
    stage: 'write',
    hint: `wait until it has ended; if it has certainly ended, remove ${path}`,
  });
}
