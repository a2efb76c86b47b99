import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseCommandLine } from '../../src/cli/parse.ts';
import type { ProductConfig } from '../../src/product/config/config.ts';
import { loadConfig } from '../../src/product/config/load.ts';
import { configJsonSchema } from '../../src/product/config/schema.ts';
import { blocksOf, readDocument, root } from './markdown.ts';

const PRODUCTS = 'docs/products.md';

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** The first cells of the tables' rows in a section of the document: `| \`name\` | …`. */
function rowsOf(heading: string): string[] {
  const section = readDocument(PRODUCTS)
    .split(/^(?=##+ )/m)
    .find((part) => part.startsWith(`${heading}\n`));
  return [...section!.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!);
}

describe(PRODUCTS, () => {
  const [product] = (configJsonSchema() as JsonSchema).anyOf!;
  const table = product!.properties!.exports!.items!;

  test('explains every key of a configuration, and no others', () => {
    const increment = table.properties!.increment!;
    const kinds = (increment.oneOf ?? increment.anyOf)!;
    const keys = kinds.flatMap(({ properties }) => Object.keys(properties!));
    expect(rowsOf('## Configuration').toSorted()).toEqual(Object.keys(product!.properties!).toSorted());
    expect(rowsOf('### Tables').toSorted()).toEqual(Object.keys(table.properties!).toSorted());
    expect(rowsOf('### Increments').toSorted()).toEqual([...new Set(keys)].toSorted());
  });

  test('explains every event of the log, and no others', () => {
    const sources = ['report', 'product-report', 'reporter'].map((name) =>
      readFileSync(join(root, `src/cli/${name}.ts`), 'utf8'),
    );
    const events = sources.flatMap((source) =>
      [...source.matchAll(/event: '(\w+)'/g)].map(([, event]) => event!),
    );
    const kinds = ['checking', 'published'];
    expect(rowsOf('## Log').toSorted()).toEqual([...new Set([...events, ...kinds])].toSorted());
  });

  test('shows messages as they are', async () => {
    const shown = blocksOf(PRODUCTS).find(({ code }) => code.includes('has 2 mistakes'))!;
    const text = `root: products
exports:
  # 3
  # 4
  - name: a
    table: t
    row_group_sise: 5
  # 8
  - name: b
    table: u
    compression_level: 30
`;
    const file = join(tmpdir(), `ddpp-mistakes-${process.pid}.yaml`);
    writeFileSync(file, text);
    const error = await loadConfig(file).catch((thrown) => thrown);
    const lines = [`fast-export: ${error.message}`, ...error.lines]
      .join('\n')
      .replaceAll(file, 'exports.yaml');
    expect(`${lines}\n`).toBe(shown.code);
  });
});

describe('the examples of products', () => {
  const example = (name: string) => join(root, 'examples', name);

  test('exports.yaml is a configuration', async () => {
    const config = (await loadConfig(example('exports.yaml'))) as ProductConfig;
    expect(config.exports.map(({ name }) => name)).toEqual(['obs_sbn', 'mpc_orbits', 'DiaSource', 'bright']);
  });

  test('cronjob.yaml has a configuration, and runs it', async () => {
    const documents = parseAllDocuments(readFileSync(example('cronjob.yaml'), 'utf8'));
    const [configMap, job] = documents.map((document) => document.toJS());
    const file = join(tmpdir(), `ddpp-cronjob-${process.pid}.yaml`);
    writeFileSync(file, configMap.data['exports.yaml']);
    expect(await loadConfig(file)).toMatchObject({ root: '/products', keep: 14 });
    const [container] = job.spec.jobTemplate.spec.template.spec.containers;
    expect(parseCommandLine(container.args)).toMatchObject({
      action: 'product',
      values: { config: '/config/exports.yaml', logFormat: 'json' },
    });
  });

  test('fast-export.service runs a configuration', () => {
    const service = readFileSync(example('fast-export.service'), 'utf8');
    const [, args] = /^ExecStart=\/usr\/local\/bin\/fast-export (.*)$/m.exec(service)!;
    expect(parseCommandLine(args!.split(' '))).toMatchObject({
      action: 'product',
      values: { config: '/etc/fast-export/exports.yaml' },
    });
  });
});
