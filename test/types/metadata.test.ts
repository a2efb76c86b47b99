import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { exportToParquet } from '../../src/index.ts';
import { python, runPython } from '../support/python.ts';
import { testDatabase } from '../support/server.ts';

const database = testDatabase(
  'metadata',
  `CREATE DOMAIN email AS varchar(80);
   CREATE TYPE mood AS ENUM ('sad', 'ok');
   CREATE TABLE people (id int8, mail email, balance numeric(10, 2), feels mood, tags varchar(20)[], span interval day to second(3));
   COMMENT ON TABLE people IS 'Everybody we know: "é"';
   COMMENT ON COLUMN people.mail IS E'where to write to\\n(may be NULL)';
   CREATE VIEW mails AS SELECT mail FROM people;
   COMMENT ON COLUMN mails.mail IS 'of the view'`,
);
const folder = mkdtempSync(join(tmpdir(), 'ddpp-metadata-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Metadata {
  readonly file: Record<string, string>;
  readonly fields: Record<string, Record<string, string>>;
}

/** What PyArrow says of a file that was exported from a query. */
async function metadataOf(sql: string, dsn = database.dsn): Promise<Metadata> {
  const out = join(folder, 'out.parquet');
  await exportToParquet({ connection: { dsn }, sql, out });
  return runPython(
    `import sys, json, pyarrow.parquet as pq
schema = pq.read_schema(sys.argv[1])
text = lambda m: {k.decode(): v.decode() for k, v in (m or {}).items()}
file = text(pq.read_metadata(sys.argv[1]).metadata)
json.dump({"file": file, "fields": {f.name: text(f.metadata) for f in schema}}, sys.stdout)`,
    [out],
  );
}

describe.skipIf(python() === null)('what PyArrow sees', () => {
  test('of a column: its Postgres type and its comment', async () => {
    const { fields } = await metadataOf('TABLE people');
    expect(fields).toEqual({
      id: { 'postgres:type': 'bigint' },
      mail: { 'postgres:type': 'email', comment: 'where to write to\n(may be NULL)' },
      balance: { 'postgres:type': 'numeric(10,2)' },
      feels: { 'postgres:type': 'mood' },
      tags: { 'postgres:type': 'character varying(20)[]' },
      span: { 'postgres:type': 'interval day to second(3)' },
    });
  });

  test('of renamed, computed and joined columns, and of a view', async () => {
    const { fields, file } = await metadataOf(
      `SELECT p.mail AS renamed, p.mail || '' AS computed, m.mail AS "of view", 1.5 AS one FROM people p LEFT JOIN mails m USING (mail)`,
    );
    expect(fields).toEqual({
      renamed: { 'postgres:type': 'email', comment: 'where to write to\n(may be NULL)' },
      computed: { 'postgres:type': 'text' },
      'of view': { 'postgres:type': 'email', comment: 'of the view' },
      one: { 'postgres:type': 'numeric' },
    });
    expect(file).not.toHaveProperty('ddpp:table_comment');
  });

  test('of the file: the query, the server, the snapshot, this program, the table’s comment', async () => {
    const [before] = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    const { file } = await metadataOf('SELECT id, mail FROM people -- everybody');
    const [after] = await database.query<{ now: Date; version: string }>(
      `SELECT clock_timestamp() AS now, current_setting('server_version') AS version`,
    );
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(file).toMatchObject({
      'ddpp:version': version,
      'ddpp:sql': 'SELECT id, mail FROM people -- everybody',
      'ddpp:server_version': after!.version,
      'ddpp:table_comment': 'Everybody we know: "é"',
    });
    const time = file['ddpp:snapshot_time']!;
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(new Date(time).getTime()).toBeGreaterThanOrEqual(before!.now.getTime());
    expect(new Date(time).getTime()).toBeLessThanOrEqual(after!.now.getTime() + 1);
  });

  test('no credentials, neither the connection’s nor those in the query', async () => {
    const { password } = new URL(database.dsn);
    const { file } = await metadataOf(
      `SELECT 'postgresql://joe:hunter2@db/x' AS uri, 'host=db password=hunter2 user=joe' AS conninfo,
         'password=''hunter2 hunter2'' host=db' AS quoted, 'sslpassword = hunter2' AS ssl`,
    );
    expect(JSON.stringify(file)).not.toContain('hunter2');
    expect(JSON.stringify(file)).not.toContain(password);
    expect(file['ddpp:sql']).toContain("'postgresql://joe:…@db/x' AS uri");
  });
});
