// Loaded before the command: says at its end how much memory it had resident at most, in MiB, threads included.
import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.on('exit', () => writeSync(2, `peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB\n`));
}
