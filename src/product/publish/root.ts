import { lstat, mkdir, readdir, readlink, rename, rm, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExportError } from '../../errors.ts';
import { flushDirectory } from '../../sink/descriptor.ts';
import { createError, writeError } from '../../sink/output-error.ts';
import { LATEST, LOCK, newRunName, parseRunDirectory, RUNS, runDirectory } from './layout.ts';
import { linkedRun, linkTo } from './links.ts';
import { type Lock, removeDeadGuards, takeLock } from './lock.ts';

/**
 * The text of this symlink names a date and a run that is complete and is being published:
 * `2026-11-23/20261123T043005123Z-3f9a1c`. Once it is there, the publication is completed, if need be by the next process.
 */
const JOURNAL = '.publishing';

/** A product root that this process alone writes to. */
export class ProductRoot {
  /** An absolute path. */
  readonly path: string;
  readonly #lock: Lock;

  private constructor(path: string, lock: Lock) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Takes the root's lock, completes a publication that a killed process had begun, and removes what killed processes
   * left. The root itself is made where only it is missing. Throws `ExportError` (`output`), also for a second run.
   */
  static async open(path: string): Promise<ProductRoot> {
    for (const directory of [path, join(path, RUNS)]) {
      await mkdir(directory)
        .then(() => flushDirectory(dirname(directory)))
        .catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw createError(error, directory);
        });
    }
    const root = new ProductRoot(path, await takeLock(join(path, LOCK)));
    try {
      await root.#completePublication();
      await root.#removeRemains();
      return root;
    } catch (error) {
      await root.close();
      throw writeError(error, path);
    }
  }

  /** Gives up the lock. */
  async close(): Promise<void> {
    await this.#lock.release();
  }

  /**
   * The run that is published under the name, a date or `latest`; null for none. Throws `ExportError` (`output`) where
   * something else has that name.
   */
  async published(name: string): Promise<string | null> {
    const run = await linkedRun(this.path, name);
    if (run !== null) return run;
    const path = join(this.path, name);
    if (!(await isThere(path))) return null;
    throw new ExportError('output', `${path} is there, and does not lead to a product`, {
      stage: 'write',
      hint: 'move it away, or choose another root',
    });
  }

  /** Names of the finished runs, the newest one first. */
  async finishedRuns(): Promise<string[]> {
    const names = (await readdir(join(this.path, RUNS))).map(parseRunDirectory);
    return names
      .flatMap((name) => (name?.state === 'finished' ? [name.run] : []))
      .sort()
      .reverse();
  }

  /** Makes the directory of a new run. Returns the run's name; `runDirectory` says where it is. */
  async startRun(): Promise<string> {
    const run = newRunName(new Date());
    const directory = runDirectory(this.path, run, 'partial');
    await mkdir(directory).catch((error) => {
      throw createError(error, directory);
    });
    return run;
  }

  /** Removes what a failed run has written, or keeps it; returns where it is then. */
  async discard(run: string, keep: boolean): Promise<string | null> {
    const partial = runDirectory(this.path, run, 'partial');
    if (!keep) {
      await rm(partial, { recursive: true, force: true });
      return null;
    }
    if (!(await isThere(partial))) return null;
    const failed = runDirectory(this.path, run, 'failed');
    await rename(partial, failed);
    return failed;
  }

  /**
   * Publishes a run whose files are all flushed: under its date, then as the latest one. A process that is killed in
   * between leaves the rest to the next one; a failure leaves all as it was. Throws `ExportError` (`output`).
   */
  async publish(run: string, date: string): Promise<void> {
    if (!(await this.#lock.isHeld())) {
      throw new ExportError('output', `the lock of ${this.path} was taken away while the run was under way`, {
        stage: 'write',
        hint: `leave ${LOCK} in peace, and run again`,
      });
    }
    const before = new Map<string, string | null>();
    for (const name of [date, LATEST]) before.set(name, await linkedRun(this.path, name));
    try {
      await symlink(`${date}/${run}`, join(this.path, JOURNAL));
      await flushDirectory(this.path);
      await this.#link(date, run);
    } catch (error) {
      await this.#withdraw(run, before).catch(() => {});
      throw writeError(error, this.path);
    }
  }

  /** Removes a finished run that nothing leads to any more, at one stroke as far as others can see. */
  async remove(run: string): Promise<void> {
    const removed = runDirectory(this.path, run, 'removed');
    await rename(runDirectory(this.path, run), removed);
    await rm(removed, { recursive: true, force: true });
  }

  /** Does what the journal says; some of it may be done already. */
  async #link(date: string, run: string): Promise<void> {
    const finished = runDirectory(this.path, run);
    if (!(await isThere(finished))) await rename(runDirectory(this.path, run, 'partial'), finished);
    await flushDirectory(join(this.path, RUNS));
    await linkTo(this.path, date, run);
    await linkTo(this.path, LATEST, run);
    await unlink(join(this.path, JOURNAL));
  }

  async #completePublication(): Promise<void> {
    const journal = await readlink(join(this.path, JOURNAL)).catch(() => null);
    const [date, run] = journal?.split('/') ?? [];
    if (date === undefined || run === undefined) return;
    const states = ['finished', 'partial'] as const;
    const found = await Promise.all(states.map((state) => isThere(runDirectory(this.path, run, state))));
    if (found.includes(true)) await this.#link(date, run);
    // Somebody has removed the run by hand.
    else await unlink(join(this.path, JOURNAL));
  }

  /** The journal goes when the symlinks are as they were: as long as it is there, the run is to be published. */
  async #withdraw(run: string, before: ReadonlyMap<string, string | null>): Promise<void> {
    for (const [name, former] of before) {
      if ((await linkedRun(this.path, name)) !== run) continue;
      if (former === null) await unlink(join(this.path, name));
      else await linkTo(this.path, name, former);
    }
    await rm(join(this.path, JOURNAL), { force: true });
    const finished = runDirectory(this.path, run);
    if (await isThere(finished)) await rename(finished, runDirectory(this.path, run, 'partial'));
  }

  /** What is partial belongs to nobody: its process held the lock, and has it no more. */
  async #removeRemains(): Promise<void> {
    await removeDeadGuards(join(this.path, LOCK));
    for (const name of await readdir(join(this.path, RUNS))) {
      const state = parseRunDirectory(name)?.state;
      if (state !== 'partial' && state !== 'removed') continue;
      await rm(join(this.path, RUNS, name), { recursive: true, force: true });
    }
  }
}

/** Whether anything has that name, be it a symlink that leads nowhere. */
function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
