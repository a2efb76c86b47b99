import { DuckDBInstance } from '@duckdb/node-api';

/** What one row says of a Parquet file, by DuckDB: values of SQL over `file`, as text. */
export async function askFile(path: string, select: string): Promise<(string | null)[]> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(
      `SELECT ${select} FROM read_parquet('${path.replaceAll("'", "''")}')`,
    );
    return reader.getRows()[0]!.map((value) => (value === null ? null : String(value)));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
