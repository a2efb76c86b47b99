import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

/** Tried in this order, unless DDPP_PYTHON names one: the checkout's own virtual environment, then what the PATH has. */
const candidates = process.env.DDPP_PYTHON
  ? [process.env.DDPP_PYTHON]
  : [fileURLToPath(new URL('../../.venv/bin/python', import.meta.url)), 'python3'];

/** A Python that can import PyArrow, or null where there is none. */
export function findPython(): string | null {
  const works = (python: string) => spawnSync(python, ['-c', 'import pyarrow.parquet']).status === 0;
  return candidates.find(works) ?? null;
}

/** The Python with PyArrow found for this run; null where there is none (never in CI): skip the test then. */
export function python(): string | null {
  return inject('python');
}

/** Runs a Python program that prints JSON; `args` are its `sys.argv[1:]`. */
export function runPython<T>(program: string, args: readonly string[] = []): T {
  const output = execFileSync(python()!, ['-c', program, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { PATH: process.env.PATH, PYTHONIOENCODING: 'utf-8' },
  });
  return JSON.parse(output) as T;
}
