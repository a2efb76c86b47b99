import { DuckDBInstance } from '@duckdb/node-api';
import pg from 'pg';

/**
 * Four tables with foreign keys between them, and `clock`, whose one row counts the transactions and the rows of each
 * table in the same transaction. Whoever sees tables of different instants sees keys without their rows, or counts that
 * are not those of the clock. Rows are wide enough for `objects` and `observations` to be read in slices.
 */
export const CHURNING_TABLES = `
CREATE TABLE observatories (code serial PRIMARY KEY, pad text DEFAULT repeat('x', 100));
CREATE TABLE objects (id serial PRIMARY KEY, pad text DEFAULT repeat('y', 800));
CREATE TABLE observations (id serial PRIMARY KEY, object int REFERENCES objects, code int REFERENCES observatories,
  pad text DEFAULT repeat('z', 300));
CREATE TABLE clock (tick int, observatories int, objects int, observations int);
CREATE INDEX ON observations (object);
INSERT INTO observatories (code) SELECT nextval('observatories_code_seq') FROM generate_series(1, 20);
INSERT INTO objects (id) SELECT nextval('objects_id_seq') FROM generate_series(1, 2000);
INSERT INTO observations (object, code) SELECT 1 + n % 2000, 1 + n % 20 FROM generate_series(1, 6000) n;
INSERT INTO clock VALUES (0, 20, 2000, 6000);
CREATE PROCEDURE churn() LANGUAGE plpgsql AS $$
  DECLARE o int; c int; gone int;
  BEGIN
    INSERT INTO observatories DEFAULT VALUES RETURNING code INTO c;
    INSERT INTO objects DEFAULT VALUES RETURNING id INTO o;
    INSERT INTO observations (object, code) SELECT o, c FROM generate_series(1, 3);
    DELETE FROM observations WHERE object = o - 1500;
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM objects WHERE id = o - 1500;
    UPDATE clock SET tick = tick + 1, observatories = clock.observatories + 1, observations = clock.observations + 3 - gone,
      objects = clock.objects + 1 - (o > 1500)::int;
  END $$`;

export const CHURNING_NAMES = ['observatories', 'objects', 'observations', 'clock'] as const;

/** Clients that keep calling `churn` until they are stopped. */
export interface Churn {
  /** Gives how many transactions were committed. */
  stop(): Promise<number>;
}

export function startChurn(dsn: string): Churn {
  let over = false;
  let committed = 0;
  const write = async () => {
    const client = new pg.Client({ connectionString: dsn });
    await client.connect();
    while (!over) {
      await client.query('CALL churn()');
      committed++;
      // Leaves something of the two cores to the run.
      await client.query('SELECT pg_sleep(0.003)');
    }
    await client.end();
  };
  const writers = Promise.all([write(), write()]);
  // It is told to who stops them.
  writers.catch(() => {});
  return {
    stop: async () => {
      over = true;
      await writers;
      return committed;
    },
  };
}

/** What is wrong with the files of a product in a directory: nothing where all show one instant. */
export async function inconsistencies(directory: string): Promise<string[]> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    const file = (name: string) => `read_parquet('${directory}/${name}.parquet')`;
    const reader = await connection.runAndReadAll(`
      SELECT 'observations without their object' FROM ${file('observations')} o
        ANTI JOIN ${file('objects')} p ON p.id = o.object
      UNION SELECT 'observations without their observatory' FROM ${file('observations')} o
        ANTI JOIN ${file('observatories')} p ON p.code = o.code
      ${['observatories', 'objects', 'observations']
        .map(
          (
            name,
          ) => `UNION SELECT '${name} are ' || (SELECT count(*) FROM ${file(name)}) || ', not ' || ${name}
        FROM ${file('clock')} WHERE ${name} <> (SELECT count(*) FROM ${file(name)})`,
        )
        .join('\n')}`);
    return reader.getRows().map(([text]) => String(text));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
