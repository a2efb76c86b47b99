// Gives up an export that takes too long: the query ends on the server, and no file is left.
// PG* variables say where the server is:  node examples/abort.ts
import { ExportError, exportToParquet } from 'ddpp';

try {
  await exportToParquet({
    sql: 'SELECT n, pg_sleep(0.001) FROM generate_series(1, 1000000) AS n',
    out: 'never.parquet',
    signal: AbortSignal.timeout(1000),
  });
} catch (error) {
  if (!(error instanceof ExportError && error.code === 'aborted')) throw error;
  console.log(`${error.message}: ${(error.cause as Error).name}`);
}
