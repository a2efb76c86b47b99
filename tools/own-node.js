// In a checkout: runs the command under the project's own Node where the one that was started is too old for
// TypeScript sources. Plain JavaScript, since an old Node runs it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const ownNode = join(root, 'node_modules', 'node', 'bin', 'node');

/** Runs the command with these arguments under the project's own Node; this process then ends as that one ended. */
export function runUnderOwnNode(args) {
  if (!existsSync(ownNode)) {
    console.error(`fast-export: this checkout's own Node.js is missing; run "npm ci" in ${root}`);
    process.exitCode = 1;
    return;
  }
  const script = join(root, 'tools', 'own-node-child.js');
  // Without "--" Node would take --env-file for its own.
  const child = spawn(ownNode, [...process.execArgv, '--', script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // Told, not sent: the child may have had the signal already, see there.
  const tell = (signal) => child.connected && child.send(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, tell);
  child.on('error', (error) => {
    console.error(`fast-export: cannot run ${ownNode}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (status, signal) => {
    for (const name of signals) process.removeListener(name, tell);
    if (signal === null) process.exit(status);
    // Ends this process by the same signal, so that a shell sees 128 + n.
    process.kill(process.pid, signal);
    setInterval(() => {}, 1000);
  });
}
