import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runFastExport } from '../support/command.ts';
import { testDatabase } from '../support/server.ts';
import { productRoots } from './products.ts';

const database = testDatabase('product_memory');
const { root } = productRoots();
const HOOK = new URL('../memory/peak-memory.js', import.meta.url).href;

const texts = Array.from({ length: 60 }, (_, i) => `'x' || g * ${i + 1} AS c${i}`).join(', ');
const long = `SELECT g AS id, g * 0.37::float8 AS x, md5(g::text) AS s FROM generate_series(1, 600000) g`;

test('max_memory holds the peak of several tables at a time, and of tables one after the other', async () => {
  const config = root('config.json');
  const wide = `SELECT ${texts} FROM generate_series(1, 40000) g`;
  const exports = [long, wide, long, wide, long, wide, long].map((sql, i) => ({ name: `t${i}`, sql }));
  const defaults = { row_group_size: 10_000_000, compression: 'uncompressed' };
  const limit = 448;
  writeFileSync(
    config,
    JSON.stringify({ root: root('product'), defaults, exports, jobs: 3, max_memory: `${limit}MiB` }),
  );
  const { status, stderr } = await runFastExport(['--config', config, '--dsn', database.dsn, '--quiet'], {
    env: { NODE_OPTIONS: `--import=${HOOK}` },
  });
  expect(status, stderr).toBe(0);
  expect(Number(/^peak (\d+) MiB$/m.exec(stderr)![1])).toBeLessThanOrEqual(limit);
}, 180_000);

test('what is too little is said in terms of max_memory', async () => {
  const config = root('little.json');
  writeFileSync(
    config,
    JSON.stringify({ root: root('little'), exports: [{ name: 't', sql: 'SELECT 1 AS a' }] }),
  );
  const args = ['--config', config, '--dsn', database.dsn, '--quiet', '--max-memory'];
  const { status, stderr } = await runFastExport([...args, '192MiB']);
  expect(status).toBe(2);
  const [, least] = /give at least (\d+) MiB with --max-memory/.exec(stderr)!;
  expect(await runFastExport([...args, `${least}MiB`])).toMatchObject({ status: 0 });
});
