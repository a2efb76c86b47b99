import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { schemaFingerprint } from '../../src/product/manifest/fields.ts';
import type { Manifest } from '../../src/product/manifest/manifest.ts';
import { sha256OfFile } from '../../src/product/manifest/read.ts';
import { sealed } from '../../src/product/manifest/seal.ts';
import { runProduct } from '../../src/product/run-product.ts';
import { verifyManifest } from '../../src/product/verify/verify-manifest.ts';
import { runFastExport } from '../support/command.ts';
import { testDatabase } from '../support/server.ts';
import { exportOf, productOf, productRoots, runOptions } from './products.ts';

const database = testDatabase(
  'verify_manifest',
  `CREATE TYPE band AS ENUM ('g', 'r');
   CREATE TABLE stars AS SELECT n AS id, CASE n % 3 WHEN 0 THEN 'g'::band WHEN 1 THEN 'r' END AS band,
     ARRAY[n, NULL] AS fluxes, n / 7.0::numeric(9, 3) AS mag, timestamptz '2026-11-01Z' + n * interval '1 min' AS seen
   FROM generate_series(1, 5000) n;
   CREATE TABLE planets AS SELECT n AS id FROM generate_series(1, 3) n;`,
);
const { root } = productRoots();
const path = root('product');

beforeAll(async () => {
  const stars = exportOf('stars', 'TABLE stars', {
    out: 'stars/{name}.parquet',
    options: { rowGroupSize: 2000, columnTypes: { seen: 'timestamp[us, UTC]' } },
  });
  const config = productOf(path, [stars, exportOf('planets', 'TABLE planets')]);
  await runProduct(config, runOptions(database.dsn, { date: '2026-11-22' }));
  await runProduct(config, runOptions(database.dsn));
});

test('a product as it was published is good, and so is the one before it', async () => {
  const report = await verifyManifest(join(path, 'latest/manifest.json'));
  expect(report).toMatchObject({ problems: [], files: 2, previous: 'there' });
  expect(report.manifest.exports[0]!.files[0]).toMatchObject({ rows: 5000, rowGroups: 3 });
  expect(report.manifest.exports[0]!.nulls).toEqual({ band: 1667 });
  const first = await verifyManifest(join(path, '2026-11-22/manifest.json'));
  expect(first).toMatchObject({ problems: [], previous: 'none' });
});

/** A copy of the runs, so that it can be damaged; gives the directory of the latest one. */
function copied(name: string): string {
  cpSync(join(path, 'runs'), root(name), { recursive: true });
  return join(root(name), realpathSync(join(path, 'latest')).split('/').at(-1)!);
}

function edit(directory: string, change: (manifest: Manifest) => void): void {
  const file = join(directory, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  change(manifest);
  writeFileSync(file, JSON.stringify(sealed(manifest)));
}

describe('finds', () => {
  const damages: Readonly<
    Record<string, { damage(directory: string): void | Promise<void>; problem: RegExp }>
  > = {
    'a file that is missing': {
      damage: (directory) => rmSync(join(directory, 'planets.parquet')),
      problem: /^planets\.parquet is missing$/,
    },
    'a file that does not belong there': {
      damage: (directory) => writeFileSync(join(directory, 'stars/more.parquet'), ''),
      problem: /^stars\/more\.parquet is not in the manifest$/,
    },
    'a file of another size': {
      damage: (directory) => appendFileSync(join(directory, 'planets.parquet'), 'x'),
      problem: /^planets\.parquet has \d+ bytes, not \d+$/,
    },
    'a byte that has changed': {
      damage: (directory) => {
        const bytes = readFileSync(join(directory, 'stars/stars.parquet'));
        bytes[bytes.length >> 1]! ^= 1;
        writeFileSync(join(directory, 'stars/stars.parquet'), bytes);
      },
      problem: /^stars\/stars\.parquet has another SHA-256$/,
    },
    'a damaged file whose hash was changed too': {
      damage: async (directory) => {
        const file = join(directory, 'stars/stars.parquet');
        const bytes = readFileSync(file);
        bytes[bytes.length >> 1]! ^= 1;
        writeFileSync(file, bytes);
        const sha256 = await sha256OfFile(file);
        edit(directory, ({ exports }) => {
          exports[0]!.files[0]!.sha256 = sha256;
        });
      },
      problem: /stars\.parquet: /,
    },
    'another file in its place': {
      damage: async (directory) => {
        const file = join(directory, 'planets.parquet');
        copyFileSync(join(directory, 'stars/stars.parquet'), file);
        const sha256 = await sha256OfFile(file);
        edit(directory, ({ exports }) => {
          const planets = exports[1]!.files[0]!;
          Object.assign(planets, { sha256, bytes: readFileSync(file).length });
        });
      },
      problem:
        /^planets\.parquet: rows: 5000, the manifest says 3\nplanets\.parquet: row groups: 3, the manifest says 1\nplanets\.parquet has another Arrow schema/,
    },
    'a type that is not the file’s': {
      damage: (directory) =>
        edit(directory, ({ exports }) => {
          const { fields } = exports[0]!;
          fields[0]!.type = 'int64';
          exports[0]!.schemaFingerprint = schemaFingerprint(fields);
        }),
      problem: /^stars\/stars\.parquet has another Arrow schema than the manifest says$/,
    },
    'a fingerprint that is not that of the fields': {
      damage: (directory) =>
        edit(directory, ({ exports }) => {
          exports[0]!.schemaFingerprint = exports[1]!.schemaFingerprint;
        }),
      problem: /^export stars: the fingerprint is not that of its fields$/,
    },
    'nulls that are counted wrongly': {
      damage: (directory) =>
        edit(directory, ({ exports }) => {
          exports[0]!.nulls = { band: 1666 };
        }),
      problem: /^export stars: nulls of band: 1667, the manifest says 1666$/,
    },
    'another manifest before it': {
      damage: (directory) =>
        edit(directory, (manifest) => {
          manifest.previous!.sha256 = '0'.repeat(64);
        }),
      problem: /^the manifest before it, .*, has another SHA-256$/,
    },
  };
  for (const [what, { damage, problem }] of Object.entries(damages)) {
    test(what, async () => {
      const directory = copied(what);
      await damage(directory);
      const { problems } = await verifyManifest(join(directory, 'manifest.json'));
      expect(problems.join('\n')).toMatch(problem);
    });
  }
});

test('a product without the one before it is good', async () => {
  const directory = copied('alone');
  mkdirSync(root('elsewhere'));
  renameSync(directory, join(root('elsewhere'), 'product'));
  const report = await verifyManifest(join(root('elsewhere'), 'product/manifest.json'));
  expect(report).toMatchObject({ problems: [], previous: 'gone' });
});

describe('what has changed in a manifest is found:', () => {
  const changes: Readonly<Record<string, [RegExp, string]>> = {
    'the ids of the snapshot': [/"pgSnapshot": "\d/, '"pgSnapshot": "9'],
    'the day': [/"date": "2026-11-23"/, '"date": "2026-11-25"'],
    'a number of rows': [/"rows": 5000/, '"rows": 5001'],
    'the hash itself': [/(?<=\n {2}"sha256": ").{64}/, '0'.repeat(64)],
  };
  for (const [what, [before, after]] of Object.entries(changes)) {
    test(what, async () => {
      const file = join(copied(`changed-${what}`), 'manifest.json');
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace(before, after));
      expect(readFileSync(file, 'utf8')).not.toBe(text);
      await expect(verifyManifest(file)).rejects.toMatchObject({
        code: 'corrupt',
        message: `${file} is not as it was written: its sha256 is not that of its other keys`,
      });
    });
  }

  test('also by the next run, which follows nothing that is damaged', async () => {
    const own = root('followed');
    const config = productOf(own, [exportOf('planets', 'TABLE planets')]);
    const { directory } = await runProduct(config, runOptions(database.dsn));
    const file = join(directory, 'manifest.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"pgSnapshot": "\d/, '"pgSnapshot": "9'));
    await expect(runProduct(config, runOptions(database.dsn, { date: '2026-11-24' }))).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(
        /^the previous product has no good manifest: .* is not as it was written/,
      ),
      hint: 'restore it, or begin anew by removing the symlink latest',
    });
  });

  test('but not how it is laid out; its hash is the one that the documentation defines', async () => {
    const file = join(copied('laid out'), 'manifest.json');
    const { sha256, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
    expect(createHash('sha256').update(JSON.stringify(rest)).digest('hex')).toBe(sha256);
    writeFileSync(file, JSON.stringify({ sha256, ...rest }));
    expect((await verifyManifest(file)).problems).toEqual([]);
  });
});

test('a symlink of another day than the product that it leads to is told', async () => {
  const directory = copied('day');
  symlinkSync(directory, join(root('day'), '2026-11-24'));
  const { problems } = await verifyManifest(join(root('day'), '2026-11-24/manifest.json'));
  expect(problems).toEqual(['2026-11-24 leads to a product of 2026-11-23']);
});

describe('a manifest that is none is refused:', () => {
  const texts: Readonly<Record<string, (manifest: Manifest) => string>> = {
    'no JSON': (manifest) => JSON.stringify(manifest).slice(1),
    'an unknown key': (manifest) => JSON.stringify({ ...manifest, more: 1 }),
    'another format': (manifest) => JSON.stringify({ ...manifest, format: 'ddpp-manifest/2' }),
    'a path out of the directory': (manifest) => JSON.stringify(manifest).replace('stars/stars', '../stars'),
  };
  for (const [what, text] of Object.entries(texts)) {
    test(what, async () => {
      const file = join(copied(`none-${what}`), 'manifest.json');
      writeFileSync(file, text(JSON.parse(readFileSync(file, 'utf8')) as Manifest));
      await expect(verifyManifest(file)).rejects.toMatchObject({
        code: 'corrupt',
        message: expect.stringContaining('manifest.json is not'),
      });
    });
  }
});

describe('fast-export verify', () => {
  test('says in a line what is good', async () => {
    const manifest = join(path, 'latest/manifest.json');
    const { status, stdout, stderr } = await runFastExport(['verify', manifest, join(path, '2026-11-22')]);
    expect(stdout.replaceAll(/[\d.]+ [kM]?B/g, 'SIZE').split('\n')).toEqual([
      `${manifest}: good, the product of 2026-11-23, 2 exports, 2 files, SIZE, the one before it is the one that it follows`,
      `${join(path, '2026-11-22/manifest.json')}: good, the product of 2026-11-22, 2 exports, 2 files, SIZE, the first one`,
      '',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('takes a product root as its latest product', async () => {
    const { status, stdout } = await runFastExport(['verify', path]);
    expect(stdout).toContain(`${join(path, 'latest/manifest.json')}: good, the product of 2026-11-23, `);
    expect(status).toBe(0);
  });

  test('says where there is no product', async () => {
    const [empty, files] = [root('empty'), root('files')];
    for (const directory of [empty, files]) mkdirSync(directory);
    writeFileSync(join(files, 'planets.parquet'), '');
    expect(await runFastExport(['verify', empty, files, join(empty, 'manifest.json')])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: [
        `fast-export: there is no manifest.json in ${empty}`,
        'hint: name the directory of a product, or a product root, which has a latest',
        `fast-export: there is no manifest.json in ${files}`,
        'hint: it is no product; to verify its Parquet files, name the files',
        `fast-export: there is no ${join(empty, 'manifest.json')}`,
        'hint: check the path for a typing error',
        '',
      ].join('\n'),
    });
  });

  test('says in a line each what is wrong', async () => {
    const directory = copied('wrong');
    const manifest = join(directory, 'manifest.json');
    rmSync(join(directory, 'planets.parquet'));
    writeFileSync(join(directory, 'notes.txt'), '');
    expect(await runFastExport(['verify', directory])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `fast-export: ${manifest}: notes.txt is not in the manifest\nfast-export: ${manifest}: planets.parquet is missing\n`,
    });
  });
});
