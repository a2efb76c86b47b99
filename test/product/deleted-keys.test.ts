import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readWithDuckDB } from '../support/readers.ts';
import { testDatabase } from '../support/server.ts';
import { Days } from './days.ts';
import { exportOf, productRoots } from './products.ts';

const database = testDatabase(
  'deleted_keys',
  `CREATE TABLE t (other int, a int, text text, b smallint, PRIMARY KEY (b, a));
   INSERT INTO t SELECT 1000 + n, n, 'x', n % 7 FROM generate_series(1, 20) n;`,
);
const { root } = productRoots();

test('deleted keys are those of the key, wherever its columns are in the table', async () => {
  const increment = { by: 'snapshot', key: ['a', 'b'], fullEvery: undefined } as const;
  const days = new Days(database.dsn, root('keys'), [exportOf('t', 'TABLE t', { increment })]);
  await days.next();
  for (const gone of [3, 12]) {
    await database.sql(`DELETE FROM t WHERE a = ${gone}`);
    const { directory } = await days.next();
    const { schema, columns } = await readWithDuckDB(join(directory, 't.deleted.parquet'));
    expect(schema.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(columns).toEqual([[String(gone)], [String(gone % 7)]]);
  }
});
