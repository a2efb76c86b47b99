import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Waits before the attempt after `failures` failed ones, 1 or more: twice as long each time, from half a second to 30, less
 * up to a half by chance, so that many clients of a server that restarts do not all come at once. Rejects as soon as
 * `signal` fires.
 */
export async function backOff(failures: number, signal?: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
  await sleep(longest * (1 - Math.random() / 2), undefined, { signal });
}
