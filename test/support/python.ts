import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { inject } from 'vitest';

/** The Python with PyArrow found for this run; null where there is none (never in CI): skip the test then. */
export function python(): string | null {
  return inject('python');
}

const OPTIONS = {
  encoding: 'utf8',
  maxBuffer: 2 ** 28,
  env: { PATH: process.env.PATH, PYTHONIOENCODING: 'utf-8' },
} as const;

/** Runs a Python program that prints JSON; `args` are its `sys.argv[1:]`. */
export function runPython<T>(program: string, args: readonly string[] = []): T {
  return JSON.parse(execFileSync(python()!, ['-c', program, ...args], OPTIONS)) as T;
}

/** The same beside what else is to be done. */
export async function startPython<T>(program: string, args: readonly string[] = []): Promise<T> {
  const running = promisify(execFile)(python()!, ['-c', program, ...args], OPTIONS);
  const { stdout } = await running.catch(({ stderr }) => {
    throw new Error(stderr);
  });
  return JSON.parse(stdout) as T;
}
