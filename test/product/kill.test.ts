import { existsSync, mkdirSync, readdirSync, realpathSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyManifest } from '../../src/product/verify/verify-manifest.ts';
import { runFastExport, spawnFastExport } from '../support/command.ts';
import { testDatabase } from '../support/server.ts';
import { productRoots } from './products.ts';

const database = testDatabase(
  'kill_product',
  `CREATE TABLE stars AS SELECT n AS id, 'star ' || n AS name FROM generate_series(1, 3000) n;
   CREATE TABLE planets AS SELECT n AS id FROM generate_series(1, 3) n;`,
);
const { root } = productRoots();

/** More than a run has of them, from its lock to the removal of an old run. */
const EVENTS = 45;
const STEP = 4;

/** Whoever follows `latest` finds a whole product. */
async function consume(path: string): Promise<void> {
  const directory = realpathSync(join(path, 'latest'));
  const { problems, manifest } = await verifyManifest(join(directory, 'manifest.json'));
  expect(problems).toEqual([]);
  expect(manifest.exports.map(({ files }) => files[0]!.rows)).toEqual([3000, 3]);
}

/** Runs the command and kills it at the given change under the root; gives whether it came to that. */
async function killedAt(change: number, path: string, args: readonly string[]): Promise<boolean> {
  let changes = 0;
  const command = spawnFastExport(args);
  const watcher = watch(path, { recursive: true }, () => {
    if (++changes === change) command.child.kill('SIGKILL');
  });
  const { signal } = await command.result;
  watcher.close();
  return signal === 'SIGKILL';
}

test('wherever a run is killed, there is a whole product, and the next run goes on from it', async () => {
  const path = root('killed');
  const config = join(root('config.json'));
  mkdirSync(path);
  writeFileSync(
    config,
    JSON.stringify({
      root: path,
      keep: 2,
      exports: [
        { name: 'stars', table: 'public.stars', out: '{name}.parquet' },
        { name: 'planets', table: 'public.planets', out: 'more/{name}.parquet' },
      ],
    }),
  );
  const args = (day: number) => ['--config', config, '--dsn', database.dsn, '--date', dateOf(day), '--quiet'];
  const first = await runFastExport(args(0));
  expect(first).toMatchObject({ status: 0, stderr: '' });
  await consume(path);

  let day = 1;
  let killed = 0;
  for (let change = 1; change <= EVENTS; change += STEP) {
    if (await killedAt(change, path, args(day++))) killed++;
    await consume(path);
  }
  expect(killed).toBeGreaterThan(5);

  expect(await runFastExport(args(day))).toMatchObject({ status: 0 });
  await consume(path);
  expect(realpathSync(join(path, dateOf(day)))).toBe(realpathSync(join(path, 'latest')));
  expect(readdirSync(path).filter((name) => name.startsWith('.'))).toEqual([]);
  const runs = readdirSync(join(path, 'runs'));
  expect(runs.length).toBe(2);
  for (const run of runs) expect(existsSync(join(path, 'runs', run, 'manifest.json'))).toBe(true);
}, 180_000);

function dateOf(day: number): string {
  return new Date(Date.UTC(2026, 10, 1 + day)).toISOString().slice(0, 10);
}
