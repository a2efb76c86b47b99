import { python, runPython } from './python.ts';

/** The versions that CI has; see `.ci/run`. */
const PINNED = { polars: '2.1.0', datafusion: '55.0.0' };

/** Skips the test where the tests' Python lacks a module, and says how to install it. In CI that is an error. */
export function needModule(name: keyof typeof PINNED, skip: (reason: string) => void): void {
  if (python() !== null && isInstalled(name)) return;
  const reason = `it needs ${name}: .venv/bin/pip install pyarrow ${name}==${PINNED[name]}`;
  if (process.env.CI) throw new Error(reason);
  skip(reason);
}

function isInstalled(name: string): boolean {
  const program =
    'import importlib.util, json, sys; print(json.dumps(importlib.util.find_spec(sys.argv[1]) is not None))';
  return runPython<boolean>(program, [name]);
}
