import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { spawnFastExport } from '../support/command.ts';
import { testServer } from '../support/server.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ddpp-modes-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const modes = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder).map((name) => [
      name.replace(/^\..*\.partial$/, 'partial').replace(/\.[0-9a-f]{8}\.csv$/, '.csv'),
      (statSync(join(folder, name)).mode & 0o777).toString(8),
    ]),
  );

test.each([
  ['022', '644'],
  ['027', '640'],
  ['077', '600'],
  ['000', '666'],
])(
  'with the umask %s files have the mode %s, while they are written too; kept rows are for their owner alone',
  async (umask, mode) => {
    const running = spawnFastExport(
      [
        ...['--dsn', testServer().dsn, '--out', join(dir, 'x.parquet'), '--keep-temp', '--temp-dir', dir],
        ...['--sql', 'SELECT g FROM generate_series(1, 3) g'],
      ],
      { prefix: ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh'] },
    );
    let meanwhile = {};
    while (running.child.exitCode === null && Object.keys(meanwhile).length === 0) {
      meanwhile = modes(dir);
      await new Promise((next) => setTimeout(next, 5));
    }
    expect((await running.result).stderr).toMatch(/wrote 3 rows/);
    expect(meanwhile).toMatchObject({ partial: mode });
    expect(modes(dir)).toEqual({ 'x.parquet': mode, 'x.parquet.csv': '600' });
  },
);
