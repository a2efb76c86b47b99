import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The command as users run it. */
export const fastExport = fileURLToPath(new URL('../../bin/fast-export.js', import.meta.url));

export interface CommandOptions {
  /** Further environment variables; `undefined` removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** What standard input holds; nothing by default. */
  readonly input?: string;
  /** Node that runs the command; the tests' own by default. */
  readonly node?: string;
  /** The script that is run; the command as users run it by default. */
  readonly script?: string;
  /** A command that runs the command, as `['nice']`. */
  readonly prefix?: readonly string[];
  /** Called with everything on stderr so far, each time more of it arrives. */
  readonly onStderr?: (stderr: string) => void;
}

export interface CommandResult {
  /** Exit status, or null where a signal ended the process. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `fast-export`. */
export interface RunningCommand {
  readonly child: ChildProcess;
  /** What has been written to stderr so far. */
  stderr(): string;
  /** Resolves once stderr matches; rejects where the process ends before. */
  waitForStderr(pattern: RegExp): Promise<void>;
  /** Resolves once the process has ended and its output is complete. */
  readonly result: Promise<CommandResult>;
}

/** Starts the real command with an environment that holds nothing of the developer's: no PG* variable, no ~/.pgpass. */
export function spawnFastExport(args: readonly string[], options: CommandOptions = {}): RunningCommand {
  const command = [
    ...(options.prefix ?? []),
    options.node ?? process.execPath,
    '--',
    options.script ?? fastExport,
    ...args,
  ];
  const child = spawn(command[0]!, command.slice(1), {
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...options.env },
    cwd: options.cwd,
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.onStderr?.(stderr);
  });
  // A command that ends without reading its input closes the pipe: no concern of the test.
  child.stdin.on('error', () => {}).end(options.input ?? '');

  const result = once(child, 'close').then(([status, signal]) => ({ status, signal, stdout, stderr }));
  const waitForStderr = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (pattern.test(stderr)) resolve();
      };
      look();
      child.stderr.on('data', look);
      result.then(({ status, signal }) => {
        reject(new Error(`fast-export ended (${status ?? signal}) before ${pattern} came:\n${stderr}`));
      }, reject);
    });
  return { child, stderr: () => stderr, waitForStderr, result };
}

/** Runs the real command to its end. */
export function runFastExport(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return spawnFastExport(args, options).result;
}
