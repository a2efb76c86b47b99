// Exports a query to a Parquet file and shows how far it has come.
// PG* variables say where the server is:  node examples/export.ts squares.parquet
import { exportToParquet } from 'ddpp';

const summary = await exportToParquet({
  sql: 'SELECT n, n::int8 * n AS square FROM generate_series(1, 1000000) AS n',
  out: process.argv[2] ?? 'squares.parquet',
  onProgress: ({ rows, estimatedRows, elapsedMs }) => {
    console.error(`${rows} of about ${estimatedRows} rows after ${Math.round(elapsedMs)} ms`);
  },
});

console.log(`${summary.out}: ${summary.rows} rows in ${summary.rowGroups} row group(s)`);
