import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../tools/postgres-server.ts';
import type { TestServer } from './server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    server: TestServer;
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

/** Starts the one server that all test files share, for the length of a Vitest run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres({ settings: { ...contrarySettings, max_connections: 60 } });
  const { host, port, socketDir, user, password, database, dsn, binDir, dataDir, pid } = server;
  project.provide('server', { host, port, socketDir, user, password, database, dsn, binDir, dataDir, pid });
  return () => server.stop('immediate');
}
