import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { readTextFile } from '../../cli/text-file.ts';
import { tableQuery } from '../../export/table-query.ts';
import type { ExportConfig, IncrementConfig, PlainConfig, ProductConfig } from './config.ts';
import { connectionMistakes } from './connection.ts';
import { type ConfigDocument, parseConfigDocument } from './document.ts';
import {
  entriesOf,
  entryMistakes,
  isMapping,
  nameMistakes,
  outMistakes,
  plainOutMistakes,
} from './entries.ts';
import { mistakesOf } from './issues.ts';
import { formatPath, type Mistake } from './mistakes.ts';
import { choicesOf } from './option-fields.ts';
import { DEFAULT_OUT } from './out.ts';
import { readQueries } from './queries.ts';
import { type ProductDocument, plainSchema, productSchema } from './schema.ts';

/**
 * Reads a configuration, YAML or JSON: a product, or the plain list of files. `root` and `sql_file` are relative to the
 * file's directory. Nothing is asked of a server.
 *
 * Throws `ConfigError` for all mistakes at once, each with line, column and path; `ExportError` (`usage`) where the file
 * cannot be read.
 *
 * @example
 * const config = await loadConfig('exports.yaml');
 * if ('root' in config) console.log(config.exports.map(({ name }) => name));
 */
export async function loadConfig(path: string): Promise<ProductConfig | PlainConfig> {
  const document = parseConfigDocument(await readTextFile('--config', path), path);
  const folder = dirname(resolve(path));
  return Array.isArray(document.value) ? plainConfig(document, folder) : productConfig(document, folder);
}

async function productConfig(document: ConfigDocument, folder: string): Promise<ProductConfig> {
  const raw = isMapping(document.value) ? document.value : {};
  const defaults = isMapping(raw.defaults) ? raw.defaults : {};
  const entries = entriesOf(raw.exports, ['exports']);
  const queries = await readQueries(entries, folder);
  const {
    root,
    connection = {},
    ...parsed
  } = checked(document, productSchema, [
    ...queries.mistakes,
    ...entries.flatMap((entry) => entryMistakes(entry, defaults)),
    ...nameMistakes(entries),
    ...outMistakes(entries, defaults),
    ...connectionMistakes(raw.connection),
  ]);
  return {
    root: resolve(folder, root),
    connection: connection as Readonly<Record<string, string>>,
    jobs: parsed.jobs as number | undefined,
    maxMemory: parsed.max_memory as number | undefined,
    keep: parsed.keep,
    exports: parsed.exports.map((table, i) =>
      exportConfig({ ...parsed.defaults, ...table }, queries.sql[i]!),
    ),
  };
}

async function plainConfig(document: ConfigDocument, folder: string): Promise<PlainConfig> {
  const entries = entriesOf(document.value, []);
  const queries = await readQueries(entries, folder);
  const parsed = checked(document, plainSchema, [
    ...queries.mistakes,
    ...entries.flatMap((entry) => entryMistakes(entry, {})),
    ...plainOutMistakes(entries),
  ]);
  const exports = parsed.map((entry, i) => ({
    sql: queries.sql[i] ?? tableQuery(entry.table!, entry.columns),
    out: entry.out,
    options: choicesOf(entry),
  }));
  return { exports };
}

/** The document as the schema reads it. Throws for its mistakes and for those found otherwise, in other places. */
function checked<T>(document: ConfigDocument, schema: z.ZodType<T>, found: readonly Mistake[]): T {
  const result = schema.safeParse(document.value, { reportInput: true });
  const ofSchema = result.success ? [] : mistakesOf(schema, result.error);
  const known = new Set(ofSchema.map(({ path }) => formatPath(path)));
  const mistakes = [...ofSchema, ...found.filter(({ path }) => !known.has(formatPath(path)))];
  if (!result.success || mistakes.length > 0) throw document.error(mistakes);
  return result.data;
}

type Table = ProductDocument['exports'][number];

function exportConfig(table: Table, sql: string | null): ExportConfig {
  return {
    name: table.name,
    sql: sql ?? tableQuery(table.table!, table.columns),
    out: table.out ?? DEFAULT_OUT,
    options: choicesOf(table),
    requiredColumns: table.required_columns ?? [],
    minRows: table.min_rows,
    maxRowDrop: table.max_row_drop,
    unique: table.unique ?? [],
    onSchemaChange: table.on_schema_change ?? 'warn',
    increment: table.increment === undefined ? null : incrementConfig(table.increment),
  };
}

function incrementConfig(increment: NonNullable<Table['increment']>): IncrementConfig {
  if (increment.by === 'snapshot') {
    const { by, key, full_every: seconds } = increment;
    return { by, key, fullEvery: seconds === undefined ? undefined : seconds * 1000 };
  }
  const { by, key, column, lag, full_every: seconds } = increment;
  return { by, key, column, lag: `${lag} seconds`, fullEvery: seconds * 1000 };
}
