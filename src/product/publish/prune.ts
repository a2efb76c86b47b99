import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { flushDirectory } from '../../sink/descriptor.ts';
import { readManifest, type StoredManifest } from '../manifest/read.ts';
import { isDate, runDirectory } from './layout.ts';
import { linkedRuns } from './links.ts';
import type { ProductRoot } from './root.ts';

/**
 * Removes finished runs but for the `keep` newest ones, those that `latest` or a symlink of the user's own leads to, and
 * those that a kept increment builds on. A removed run's date goes with it. Returns the names of the removed runs.
 */
export async function prune(root: ProductRoot, keep: number): Promise<string[]> {
  const runs = await root.finishedRuns();
  const links = await linkedRuns(root.path);
  const kept = new Set(runs.slice(0, keep));
  for (const [name, run] of links) {
    if (!isDate(name)) kept.add(run);
  }
  for (const base of await basesOf(root, kept)) kept.add(base);
  const removed = runs.filter((run) => !kept.has(run));
  for (const [name, run] of links) {
    if (removed.includes(run)) await unlink(join(root.path, name));
  }
  await flushDirectory(root.path);
  for (const run of removed) await root.remove(run);
  return removed;
}

/** The runs that increments among the given ones build on, back to the full exports. */
async function basesOf(root: ProductRoot, runs: ReadonlySet<string>): Promise<Set<string>> {
  const there = new Set(await root.finishedRuns());
  const bases = new Set<string>();
  for (const run of runs) {
    const pending = new Set<string>();
    for (let at: string | null = run; at !== null && there.has(at); ) {
      const { manifest }: StoredManifest = await readManifest(runDirectory(root.path, at));
      const { exports, previous } = manifest;
      if (at !== run) bases.add(at);
      // An export that is full here builds on nothing before.
      for (const { name, kind } of exports) {
        if (kind === 'increment' && (at === run || pending.has(name))) pending.add(name);
        else pending.delete(name);
      }
      at = pending.size > 0 ? (previous?.run ?? null) : null;
    }
  }
  return bases;
}
