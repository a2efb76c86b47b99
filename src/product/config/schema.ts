import { z } from 'zod';
import { connectionSchema } from './connection.ts';
import { OPTION_FIELDS, optionLeaf } from './option-fields.ts';
import {
  countLeaf,
  durationLeaf,
  nameLeaf,
  namesLeaf,
  shareLeaf,
  tableLeaf,
  templateLeaf,
  textLeaf,
  uniqueLeaf,
  wordLeaf,
} from './values.ts';

const query = {
  sql: textLeaf('one query: SELECT, VALUES, TABLE or WITH; it only reads', 'a query').optional(),
  sql_file: textLeaf(
    'a file with the query, in UTF-8; relative to this file',
    'the path of a file',
  ).optional(),
  table: tableLeaf(
    'a table or view instead of a query, named exactly as in the database: public.obs_sbn',
  ).optional(),
  columns: namesLeaf(
    'columns of the table, named exactly as in the database (default: all of them)',
  ).optional(),
};

/** For editors: one of the keys that say what to read. */
const oneQuery = {
  oneOf: [{ required: ['sql'] }, { required: ['sql_file'] }, { required: ['table'] }],
  dependencies: { columns: ['table'] },
};

/** What a table may have of its own, or from `defaults`. */
const settings = {
  out: templateLeaf(
    "path below the run's directory, with {name}, {date} and {snapshot} (default: {name}.parquet)",
  ).optional(),
  ...OPTION_FIELDS,
  required_columns: namesLeaf('columns that the result must have').optional(),
  min_rows: countLeaf('rows that the result must have at least', 0).optional(),
  max_row_drop: shareLeaf(
    "share of the previous product's rows that may be gone: 0.1 or 10% (default: all of them)",
  ).optional(),
  on_schema_change: wordLeaf(
    "what becomes of a schema that is not the previous product's: error, warn or ignore (default: warn)",
    ['error', 'warn', 'ignore'],
  ).optional(),
};

const key = namesLeaf('columns that tell rows apart; none of them is ever NULL');

const increment = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('snapshot').meta({ description: 'rows written since the previous snapshot' }),
    key,
    full_every: durationLeaf('a full export at least so often: 7d (default: never)').optional(),
  }),
  z.strictObject({
    by: z
      .literal('column')
      .meta({ description: 'rows whose column is newer than the previous largest value' }),
    key,
    column: textLeaf('the column that grows with each change, such as updated_at', 'the name of a column'),
    lag: durationLeaf('how long a transaction may be open before its rows are missed: 10m'),
    full_every: durationLeaf('a full export at least so often, which finds what was missed: 7d'),
  }),
]);

const table = z
  .strictObject({
    name: nameLeaf('the name of the table in the product, of A-Z, a-z, 0-9, _, - and .'),
    ...query,
    ...settings,
    unique: uniqueLeaf(
      'columns that together are unique, [a, b], or several such lists, [[a], [b, c]]; duplicates are an error',
    ).optional(),
    increment: increment
      .meta({ description: 'export only what has changed since the previous product' })
      .optional(),
  })
  .meta(oneQuery);

/** The full form: a product. */
export const productSchema = z
  .strictObject({
    $schema: textLeaf('the JSON Schema of this file, for editors', 'the address of a schema').optional(),
    root: textLeaf('the directory that holds the products; relative to this file', 'the path of a directory'),
    connection: connectionSchema.optional(),
    jobs: optionLeaf('jobs').optional(),
    max_memory: optionLeaf('maxMemory').optional(),
    keep: countLeaf('runs to keep, the newest included (default: all of them)', 1).optional(),
    defaults: z
      .strictObject(settings)
      .meta({ description: 'what holds for all tables that do not say otherwise' })
      .optional(),
    exports: z.array(table).min(1).meta({ description: 'the tables of the product' }),
  })
  .meta({ title: 'A product: tables that are exported together, checked and published' });

/** The plain form: files that are exported from one snapshot. */
export const plainSchema = z
  .array(
    z
      .strictObject({
        ...query,
        out: textLeaf('the Parquet file; relative to the working directory', 'the path of a file'),
        ...OPTION_FIELDS,
      })
      .meta(oneQuery),
  )
  .min(1)
  .meta({ title: 'Files that are exported from one snapshot' });

export type ProductDocument = z.output<typeof productSchema>;
export type TableDocument = ProductDocument['exports'][number];
export type PlainDocument = z.output<typeof plainSchema>;

/** The JSON Schema of a configuration in either form, for editors. */
export function configJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(z.union([productSchema, plainSchema]), {
    io: 'input',
    target: 'draft-7',
  });
  return { $schema, title: 'Configuration of fast-export', ...schema };
}
