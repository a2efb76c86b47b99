/** Ends the process if one stream takes too long: a decoder that hangs is a finding, too. */
import { Worker, workerData } from 'node:worker_threads';

/** A stream takes well under a millisecond; a busy machine may take its time. */
const LIMIT_MS = 30_000;

/** Says which stream is being decoded. */
export type Heartbeat = (number: number) => void;

/** Starts the thread that watches; `stop` ends it. */
export function startWatchdog(seed: number): { beat: Heartbeat; stop(): Promise<number> } {
  const current = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL(import.meta.url), { workerData: { current, seed } });
  worker.unref();
  return {
    beat: (number) => Atomics.store(current, 0, number),
    stop: () => worker.terminate(),
  };
}

function watch({ current, seed }: { current: Int32Array; seed: number }): void {
  let last = -1;
  setInterval(() => {
    const number = Atomics.load(current, 0);
    if (number === last) {
      process.stderr.write(`stream ${number} of seed ${seed} hangs\n`, () =>
        process.kill(process.pid, 'SIGKILL'),
      );
    }
    last = number;
  }, LIMIT_MS);
}

if (workerData !== null) watch(workerData as { current: Int32Array; seed: number });
