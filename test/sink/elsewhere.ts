import { spawn, spawnSync } from 'node:child_process';

const SINK = new URL('../../src/sink/open.ts', import.meta.url).href;

function moduleArguments(script: string): string[] {
  const source = `import { openSink } from ${JSON.stringify(SINK)};\n${script}`;
  return ['--input-type=module', '-e', source];
}

/** Runs `script` (an ES module with `openSink` in scope) in another process and returns what it printed. */
export function runElsewhere(script: string, prefix: readonly string[] = []): string {
  const [command, ...args] = [...prefix, process.execPath, ...moduleArguments(script)];
  return spawnSync(command!, args, { encoding: 'utf8' }).stdout;
}

/** Starts a process that has opened a sink at `out` and waits; `kill` resolves once it has ended. */
export async function startWriter(out: string): Promise<{ kill: () => Promise<void> }> {
  const script = `await openSink(${JSON.stringify(out)}); console.log('open'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, moduleArguments(script), { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
