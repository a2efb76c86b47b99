/** A table that is read in slices, whose rows DuckDB can compute as well, and a comparison of files with it. */
import { DuckDBInstance } from '@duckdb/node-api';

export const STARS = 40_000;

/** Some 500 pages, so that two jobs read it in eight slices. */
export const STARS_SQL = `
  CREATE TABLE stars (id int4, name text, flux float8, parts int4[]);
  INSERT INTO stars SELECT g, md5(g::text), g * 0.5, CASE WHEN g % 3 > 0 THEN ARRAY[g, NULL, g % 7] END
    FROM generate_series(1, ${STARS}) g;
  ANALYZE stars`;

/** How a file differs from the table, both as multisets: rows that it misses, and rows that it has too many. */
export async function difference(path: string): Promise<{ missing: number; extra: number }> {
  const stars = `SELECT range::int AS id, md5(range::varchar) AS name, range * 0.5::double AS flux,
    CASE WHEN range % 3 > 0 THEN [range::int, NULL, (range % 7)::int] END AS parts FROM range(1, ${STARS + 1})`;
  const file = `SELECT * FROM read_parquet('${path.replaceAll("'", "''")}')`;
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    const count = async (a: string, b: string) => {
      const reader = await connection.runAndReadAll(`SELECT count(*) FROM (${a} EXCEPT ALL ${b})`);
      return Number(reader.getRows()[0]![0]);
    };
    return { missing: await count(stars, file), extra: await count(file, stars) };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
