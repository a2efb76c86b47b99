import { z } from 'zod';
import { exportChoices } from '../../cli/export-options.ts';
import {
  defaultOf,
  OPTIONS,
  type OptionName,
  type OptionSpec,
  type OptionValues,
} from '../../cli/options.ts';
import { type Parser, type ValueForm, WrongValue } from '../../cli/values.ts';
import { ExportError } from '../../errors.ts';
import { columnTypesOption, numericOption } from '../../export/type-options.ts';
import type { ExportChoices } from './config.ts';
import { type LeafSpec, leaf } from './leaf.ts';
import { NAMES_SCHEMA, names } from './values.ts';

/** Groups of options that are of one export. */
const GROUPS: readonly string[] = [
  'Columns and types',
  'Transport',
  'Parquet',
] satisfies OptionSpec<unknown>['group'][];
/** Of these groups, what is of a whole run, and what is for looking into a single export. */
const NOT_OF_A_TABLE: readonly OptionName[] = ['jobs', 'maxMemory', 'keepTemp', 'tempDir'];

/** The options of the command line that a configuration may set for one table. */
const NAMES = (Object.keys(OPTIONS) as OptionName[]).filter(
  (name) => GROUPS.includes(OPTIONS[name].group) && !NOT_OF_A_TABLE.includes(name),
);

/** `rowGroupSize` → `row_group_size` */
function keyOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The keys of these options in a configuration, each with the parser, range and words of the command line. */
export const OPTION_FIELDS: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  NAMES.map((name) => [keyOf(name), optionLeaf(name).optional()]),
);

/** The options among the values of a table, as `ExportOptions` has them. */
export function choicesOf(values: Readonly<Record<string, unknown>>): ExportChoices {
  const given = NAMES.map((name) => [name, values[keyOf(name)]] as const).filter(
    ([, value]) => value !== undefined,
  );
  const choices = exportChoices(Object.fromEntries(given) as Partial<OptionValues>);
  return Object.fromEntries(Object.entries(choices).filter(([, value]) => value !== undefined));
}

/** How a configuration has an option of the command line. */
export function optionLeaf(name: OptionName): z.ZodType {
  if (name === 'columnType') return columnTypes();
  const { help, parse }: OptionSpec<unknown> = OPTIONS[name];
  const preset = defaultOf(name);
  // Here names are in a list.
  const meaning = help.replace('; separated by commas', '');
  const description = preset === null ? meaning : `${meaning} (default: ${preset})`;
  const form = parse?.form ?? { kind: 'text' };
  if (name === 'numeric') return leaf({ schema: schemaOf(form), description, read: numericType });
  return leaf({ schema: schemaOf(form), description, read: readerOf(form, parse!) });
}

/** A parser takes text; of values that need not be text it gets what the user would type. */
function readerOf<T>(form: ValueForm, parse: Parser<T>): (value: unknown) => unknown {
  if (form.kind === 'names') return names;
  const types = { integer: ['number'], size: ['number', 'string'], text: ['string'], words: ['string'] }[
    form.kind
  ];
  return (value) => parse(types.includes(typeof value) ? String(value) : '');
}

function schemaOf(form: ValueForm): LeafSpec<unknown>['schema'] {
  switch (form.kind) {
    case 'text':
      return { type: 'string', minLength: 1 };
    case 'integer':
      return { type: 'integer', minimum: form.min, maximum: form.max };
    case 'words':
      return { enum: form.words };
    case 'size':
      return { anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^\\d+(\\.\\d+)? ?[A-Za-z]*$' }] };
    case 'names':
      return NAMES_SCHEMA;
  }
}

/** Arrow types by column; whether they are any is known before a server is asked. */
function columnTypes(): z.ZodType {
  const type = leaf({
    schema: { type: 'string', minLength: 1 },
    description: 'the Arrow type',
    read: (value) => checked(value, (type) => columnTypesOption({ columnTypes: { column: type } })),
  });
  return z
    .record(z.string(), type)
    .meta({ description: 'Arrow types by column: {ra: float64, a: int32[][]}' });
}

function numericType(value: unknown): string {
  return checked(value, (numeric) => numericOption({ numeric }));
}

function checked(value: unknown, check: (text: string) => unknown): string {
  const name = typeof value === 'string' ? value : '';
  try {
    check(name);
    return name;
  } catch (error) {
    if (!(error instanceof ExportError)) throw error;
    throw new WrongValue(error.hint!.replace(/^(give|choose) /, ''));
  }
}
