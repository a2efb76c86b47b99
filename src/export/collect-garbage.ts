import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | null = null;

/**
 * Collects this thread's garbage at once. The row groups of an export lie in memory that it shares with its jobs; that
 * of an export that has ended stays until the garbage is collected, for which V8 sees no reason: it does not count
 * shared memory.
 */
export function collectGarbage(): void {
  if (collect === null) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}
