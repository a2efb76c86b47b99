import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/**
 * What is where under a product root:
 *
 *     runs/20261123T043005123Z-3f9a1c/            a finished run: its files and manifest.json, never changed again
 *     runs/20261123T043005123Z-3f9a1c.partial/    one that is being written, or whose process was killed
 *     runs/20261123T043005123Z-3f9a1c.failed/     what a failed run with --keep-failed had written
 *     runs/20261123T043005123Z-3f9a1c.removed/    one that is being removed
 *     2026-11-23 -> runs/…                     the product of a day
 *     latest -> runs/…                         the product that was published last
 *     .lock                                    the run that is under way
 */
export const RUNS = 'runs';
export const LATEST = 'latest';
export const LOCK = '.lock';

/** What a directory under `runs/` is. */
export type RunState = 'finished' | 'partial' | 'failed' | 'removed';

/** Names sort by the time at which their runs began. */
const RUN_NAME = /^\d{8}T\d{9}Z-[0-9a-f]{6}$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A name for a run that begins now. */
export function newRunName(now: Date): string {
  const time = now.toISOString().replaceAll(/[-:.]/g, '');
  return `${time}-${randomBytes(3).toString('hex')}`;
}

/** `2026-11-23T04:30:05.123456Z` as `20261123T043005Z`. */
export function compactTime(iso: string): string {
  return iso.replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
}

/** The directory of a run, absolute where the root is. */
export function runDirectory(root: string, run: string, state: RunState = 'finished'): string {
  return join(root, RUNS, state === 'finished' ? run : `${run}.${state}`);
}

/** The run that a directory under `runs/` belongs to, by its name; null for anything else. */
export function parseRunDirectory(name: string): { readonly run: string; readonly state: RunState } | null {
  const [run, state = 'finished', ...rest] = name.split('.');
  if (!RUN_NAME.test(run!) || rest.length > 0) return null;
  if (!['finished', 'partial', 'failed', 'removed'].includes(state) || name.endsWith('.finished'))
    return null;
  return { run: run!, state: state as RunState };
}

/** Whether a symlink of this name in the root stands for a day's product. */
export function isDate(name: string): boolean {
  return DATE.test(name);
}
