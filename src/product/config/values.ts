import { columnNames, quotedNames, tableName } from '../../cli/names.ts';
import { WrongValue } from '../../cli/values.ts';
import { leaf } from './leaf.ts';
import { templateMistake } from './out.ts';

const NON_EMPTY = { type: 'string', minLength: 1 };

/** Text that is not blank. */
export function text(expected: string): (value: unknown) => string {
  return (value) => {
    if (typeof value === 'string' && value.trim() !== '' && !value.includes('\0')) return value;
    throw new WrongValue(expected);
  };
}

/** A list of columns, each named exactly as in the database, and each once. */
export function names(value: unknown): readonly string[] {
  const isList = Array.isArray(value) && value.length > 0;
  if (!isList || value.some((name) => typeof name !== 'string' || name === '')) {
    throw new WrongValue('a list of columns, named exactly as in the database');
  }
  return columnNames(quotedNames(value as string[]));
}

export const NAMES_SCHEMA = { type: 'array', items: NON_EMPTY, minItems: 1, uniqueItems: true };

export const textLeaf = (description: string, expected: string) =>
  leaf({ schema: NON_EMPTY, description, read: text(expected) });

export const namesLeaf = (description: string) => leaf({ schema: NAMES_SCHEMA, description, read: names });

/** A whole number of at least `min`. */
export function countLeaf(description: string, min: number) {
  const read = (value: unknown) => {
    if (Number.isSafeInteger(value) && (value as number) >= min) return value as number;
    throw new WrongValue(`a whole number from ${min}`);
  };
  return leaf({ schema: { type: 'integer', minimum: min }, description, read });
}

/** One of some words. */
export function wordLeaf<const T extends string>(description: string, words: readonly T[]) {
  const read = (value: unknown) => {
    const word = words.find((each) => each === value);
    if (word !== undefined) return word;
    throw new WrongValue(`one of ${words.join(', ')}`);
  };
  return leaf({ schema: { enum: words }, description, read });
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const DURATION = '^\\d{1,6} ?[smhdw]$';

/** A time such as `90s`, `10m`, `12h`, `7d` or `2w`, in seconds. */
export function durationLeaf(description: string) {
  const read = (value: unknown) => {
    const seconds =
      typeof value === 'string' && new RegExp(DURATION).test(value)
        ? Number.parseInt(value, 10) * UNITS[value.at(-1)!]!
        : 0;
    if (seconds > 0) return seconds;
    throw new WrongValue('a time such as 90s, 10m, 12h, 7d or 2w');
  };
  return leaf({ schema: { type: 'string', pattern: DURATION }, description, read });
}

const PERCENTAGE = '^\\d{1,3}(\\.\\d+)? ?%$';

/** A share from 0 to 1, which may be given in per cent: `0.1`, `10%`. */
export function shareLeaf(description: string) {
  const read = (value: unknown) => {
    const isPercentage = typeof value === 'string' && new RegExp(PERCENTAGE).test(value);
    const share = isPercentage ? Number.parseFloat(value) / 100 : value;
    if (typeof share === 'number' && share >= 0 && share <= 1) return share;
    throw new WrongValue('a share from 0 to 1, or from 0% to 100%');
  };
  const schema = {
    anyOf: [
      { type: 'number', minimum: 0, maximum: 1 },
      { type: 'string', pattern: PERCENTAGE },
    ],
  };
  return leaf({ schema, description, read });
}

/** Columns whose values together are unique: one list, or a list of such lists. */
export function uniqueLeaf(description: string) {
  const read = (value: unknown) => {
    const isListOfLists = Array.isArray(value) && value.length > 0 && value.every(Array.isArray);
    return isListOfLists ? value.map(names) : [names(value)];
  };
  const schema = { anyOf: [NAMES_SCHEMA, { type: 'array', items: NAMES_SCHEMA, minItems: 1 }] };
  return leaf({ schema, description, read });
}

/** Of ASCII alone: names become parts of paths on all kinds of systems. */
const NAME = '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$';

/** The name of a table in the product, which may become part of paths. */
export function nameLeaf(description: string) {
  const read = (value: unknown) => {
    if (typeof value === 'string' && new RegExp(NAME).test(value)) return value;
    throw new WrongValue('at most 100 of A-Z, a-z, 0-9, _, - and ., neither - nor . first');
  };
  return leaf({ schema: { type: 'string', pattern: NAME }, description, read });
}

/** `schema.table`, as `--table` takes it. */
export function tableLeaf(description: string) {
  const read = (value: unknown) => tableName(typeof value === 'string' ? value : '');
  return leaf({ schema: NON_EMPTY, description, read });
}

/** A template for a path within a run's directory. */
export function templateLeaf(description: string) {
  const read = (value: unknown) => {
    const template = text('a path')(value);
    const mistake = templateMistake(template);
    if (mistake !== null) throw new WrongValue(mistake);
    return template;
  };
  return leaf({ schema: NON_EMPTY, description, read });
}
