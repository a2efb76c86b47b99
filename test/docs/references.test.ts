import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { flagOf, OPTIONS, type OptionName } from '../../src/cli/options.ts';
import { anchorsOf, blocksOf, documents, proseOf, readDocument, root } from './markdown.ts';

interface PackageJson {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
}
const { version, scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;

describe.each(documents)('%s', (document) => {
  const text = readDocument(document);

  test('its links lead to files and headings that exist', () => {
    const links = [...proseOf(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    const broken = links.filter((target) => !/^https?:/.test(target) && !resolves(document, target));
    expect(broken).toEqual([]);
  });

  test('the files and folders of the project that it names exist', () => {
    const named = [...proseOf(document).matchAll(/`((?:src|test|tools|demo|docs|bin|examples)\/[\w./-]*)`/g)];
    const missing = named
      .map(([, path]) => path!)
      .filter((path) => path !== 'demo/output/' && !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });

  test('the npm scripts that it names exist', () => {
    const named = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('the package that it names has the current version', () => {
    const named = [...text.matchAll(/\bddpp-(\d[\w.-]*)\.tgz/g)].map(([, found]) => found!);
    expect(named.filter((found) => found !== version)).toEqual([]);
  });
});

/** Whether a relative link, seen from a document, leads somewhere. */
function resolves(document: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? document : normalize(join(dirname(document), path));
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || anchorsOf(file).has(anchor);
}

const optionsOfOthers = ['--global', '--prefix', '--serve'];

test('the options that the README names exist', () => {
  const flags = (Object.keys(OPTIONS) as OptionName[]).map(flagOf);
  const named = readDocument('README.md').match(/(?<![\w-])--[a-z][\w-]*/g) ?? [];
  expect(named).toContain('--out');
  expect(named.filter((flag) => ![...flags, ...optionsOfOthers].includes(flag))).toEqual([]);
});

test('the README installs the PyArrow that CI has', () => {
  const pinned = /pyarrow==[\d.]+/;
  expect(readDocument('README.md').match(pinned)).toEqual(
    expect.arrayContaining([...(readDocument('.ci/run').match(pinned) ?? ['a pinned version'])]),
  );
});

test('CONTRIBUTING and the architecture name every folder of the sources', () => {
  const folders = ['arrow', 'cli', 'columns', 'decode', 'export', 'parquet', 'postgres', 'sink', 'types'];
  for (const document of ['CONTRIBUTING.md', 'docs/architecture.md']) {
    const text = readDocument(document);
    expect(folders.filter((folder) => !text.includes(`\`src/${folder}/\``))).toEqual([]);
  }
});

test('biome.json points to a heading of the architecture', () => {
  const message = /see \\"([^\\]+)\\" in docs\/architecture\.md/.exec(readDocument('biome.json'));
  expect(readDocument('docs/architecture.md').split('\n')).toContain(`## ${message?.[1]}`);
});

test('every block of code has a language', () => {
  const without = documents.flatMap(blocksOf).filter(({ language }) => language === '');
  expect(without.map(({ document, line }) => `${document}:${line}`)).toEqual([]);
});
