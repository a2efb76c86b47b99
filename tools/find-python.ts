/** A Python with PyArrow, which reads what the exporter has written. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Tried in this order, unless DDPP_PYTHON names one: the checkout's own virtual environment, then what the PATH has. */
const candidates = process.env.DDPP_PYTHON
  ? [process.env.DDPP_PYTHON]
  : [fileURLToPath(new URL('../.venv/bin/python', import.meta.url)), 'python3'];

/** How to get one. */
export const PYTHON_REMEDY = 'python3 -m venv .venv && .venv/bin/pip install pyarrow==26.0.1';

/** A Python that can import PyArrow, or null where there is none. */
export function findPython(): string | null {
  const works = (python: string) => spawnSync(python, ['-c', 'import pyarrow.parquet']).status === 0;
  return candidates.find(works) ?? null;
}
