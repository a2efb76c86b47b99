/** Compares Parquet files with DuckDB, row by row. */
import { DuckDBInstance } from '@duckdb/node-api';

export interface Comparison {
  readonly rows: number;
  /** Rows that only one of the files has, however often each row is there. */
  readonly onlyInFirst: number;
  readonly onlyInSecond: number;
}

/** What two Parquet files of the same columns have in common; the order of rows does not count. */
export async function compareFiles(first: string, second: string): Promise<Comparison> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const count = async (query: string, values: Record<string, string>) => {
    const result = await connection.runAndReadAll(`SELECT count(*)::INTEGER AS n FROM (${query})`, values);
    return result.getRowObjectsJS()[0]!.n as number;
  };
  const except = (a: string, b: string) =>
    count('(FROM read_parquet($a)) EXCEPT ALL (FROM read_parquet($b))', { a, b });
  try {
    return {
      rows: await count('FROM read_parquet($first)', { first }),
      onlyInFirst: await except(first, second),
      onlyInSecond: await except(second, first),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
