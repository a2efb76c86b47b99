/**
 * Runs a throw-away Postgres server on behalf of another process and never lets it outlive that process. Not imported:
 * `postgres-server.ts` starts it in a session of its own, so that a terminal's Ctrl-C does not reach the server.
 *
 * Arguments: the server's folder. Standard input carries lines: first a `WatchdogJob` as JSON, later the name of the
 * signal that stops the server, or `restart` and a signal, after which it is started again. Its end, which the kernel brings about however the parent dies, means SIGQUIT
 * (immediate shutdown). Once the server is gone the folder is removed and the watchdog exits with the server's status.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface WatchdogJob {
  /** Commands to run one after the other; the last one is the server. Stops at the first that fails. */
  readonly commands: readonly (readonly string[])[];
  readonly env: Readonly<Record<string, string>>;
  /** User and group to run them as; the watchdog's own where missing. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: postgres-watchdog.ts FOLDER');

let running: ChildProcess | undefined;
let stopping = false;
let restarting = false;

function runNext(job: WatchdogJob, index: number): void {
  const [command, ...args] = job.commands[index] ?? [];
  if (command === undefined || stopping) finish(0);
  running = spawn(command, args, {
    cwd: folder,
    env: job.env,
    stdio: ['ignore', 'inherit', 'inherit'],
    ...(job.uid === undefined ? {} : { uid: job.uid, gid: job.gid }),
  });
  running.on('error', (error) => {
    console.error(error.message);
    finish(1);
  });
  running.on('exit', (code) => {
    if (restarting) {
      restarting = false;
      runNext(job, index);
    } else if (code === 0) {
      runNext(job, index + 1);
    } else {
      finish(code ?? 1);
    }
  });
}

function obey(order: string): void {
  const [signal, restart] = order.split(' ').reverse();
  if (restart === undefined) {
    stop(signal as NodeJS.Signals);
  } else {
    restarting = true;
    running?.kill(signal as NodeJS.Signals);
  }
}

function stop(signal: NodeJS.Signals): void {
  stopping = true;
  restarting = false;
  if (running === undefined) finish(0);
  running.kill(signal);
}

function finish(status: number): never {
  rmSync(folder!, { recursive: true, force: true, maxRetries: 10 });
  process.exit(status);
}

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => {
  runNext(JSON.parse(line) as WatchdogJob, 0);
  lines.on('line', obey);
});
lines.on('close', () => stop('SIGQUIT'));
