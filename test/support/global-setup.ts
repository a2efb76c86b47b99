import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findPython, PYTHON_REMEDY } from '../../tools/find-python.ts';
import { startPostgres } from '../../tools/postgres-server.ts';
import type { TestServer } from './server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    server: TestServer;
    /** A Python that has PyArrow. */
    python: string | null;
  }
}

/**
 * Session settings as far from the exporter's pins as a server can have them, so that every test sees a value that
 * depends on one. `testServer().query` undoes them for itself.
 */
const contrarySettings = {
  timezone: 'America/St_Johns',
  datestyle: 'SQL, DMY',
  intervalstyle: 'sql_standard',
  extra_float_digits: 0,
  bytea_output: 'escape',
};

/** Starts the one server that all test files share, for the length of a Vitest run, and looks for PyArrow. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('python', pythonOrNote());
  const folder = ownTemporaryFolder();
  const server = await startPostgres({ settings: { ...contrarySettings, max_connections: 60 } });
  const { host, port, socketDir, user, password, database, dsn, binDir, dataDir, pid } = server;
  project.provide('server', { host, port, socketDir, user, password, database, dsn, binDir, dataDir, pid });
  return async () => {
    await server.stop('immediate');
    rmSync(folder, { recursive: true, force: true });
  };
}

/** Makes a folder the temporary one of all tests, so that nothing of theirs is left behind. */
function ownTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ddpp-test-'));
  // Open to other users like /tmp: under root the server is one.
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
  // What Node.js makes of the sources serves all worker threads and packages of a run: a fifth of its CPU time (measured).
  process.env.NODE_COMPILE_CACHE ??= join(folder, 'compiled');
  return folder;
}

/** CI must not lose the tests that read with PyArrow; elsewhere they are skipped, and that is said. */
function pythonOrNote(): string | null {
  const python = findPython();
  if (python !== null) return python;
  if (process.env.CI) throw new Error(`The tests need a Python that has PyArrow: ${PYTHON_REMEDY}`);
  console.log(
    `\nNo Python with PyArrow was found: the tests that read with it are skipped. To run them:\n${PYTHON_REMEDY}\n`,
  );
  return null;
}
