/** What is wrong with the value of an option: `expected` says what would be right. */
export class WrongValue extends Error {
  readonly expected: string;

  constructor(expected: string) {
    super(`expected ${expected}`);
    this.expected = expected;
  }
}

/** What a value looks like where it is not text: in a configuration, and in the schema of one. */
export type ValueForm =
  | { readonly kind: 'text' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'size' }
  /** Names, exactly as they are in the database: a list in a configuration. */
  | { readonly kind: 'names' };

/** Turns the text that was given for an option into its value; throws `WrongValue`. */
export interface Parser<T> {
  (text: string): T;
  /** Text where it is absent. */
  readonly form?: ValueForm;
}

/** Any text but an empty or blank one. */
export function nonBlank(expected: string): Parser<string> {
  return (text) => {
    if (text.trim() === '') throw new WrongValue(expected);
    return text;
  };
}

/** The path of the output, where `-` is standard output, as it is standard input for the query. */
export const outputPath: Parser<string> = (text) =>
  text === '-' ? '/dev/stdout' : nonBlank('the path of a file, or - for standard output')(text);

/** The parser, with the form of its values. */
export function withForm<T>(form: ValueForm, parse: (text: string) => T): Parser<T> {
  return Object.assign((text: string) => parse(text), { form });
}

/** A whole number from `min` to `max`, in decimal digits. */
export function integer(min: number, max: number): Parser<number> {
  return withForm({ kind: 'integer', min, max }, (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new WrongValue(`a whole number from ${min} to ${max}`);
  });
}

/** One of some words. */
export function oneOf<const T extends string>(words: readonly T[]): Parser<T> {
  return withForm({ kind: 'words', words }, (text) => {
    const word = words.find((each) => each === text);
    if (word !== undefined) return word;
    throw new WrongValue(`one of ${words.join(', ')}`);
  });
}

/** A day, `YYYY-MM-DD`. */
export const date: Parser<string> = (text) => {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00Z`).toJSON()?.startsWith(text);
  if (isDay) return text;
  throw new WrongValue('a day such as 2026-11-23');
};

/** Units of a size in bytes, in lower case: IEC's are powers of 1024, SI's of 1000. A bare M would be either. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
};

/** A size from `min` to `max` bytes: a number, alone or with a unit, such as 64MiB, 1.5 GB or 65536. */
export function byteSize(min: number, max: number): Parser<number> {
  return withForm({ kind: 'size' }, (text) => {
    const [, number, unit] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text) ?? [];
    const size = Math.floor(Number(number) * (UNITS[unit?.toLowerCase() ?? ''] ?? Number.NaN));
    if (size >= min && size <= max) return size;
    throw new WrongValue(
      `${min} to ${max} bytes, as a number alone or with a unit: B, KiB, MiB, GiB, kB, MB, GB`,
    );
  });
}

/**
 * NAME=TYPE, the Arrow type of one column, and all of them by name. A name may hold any character; no type has a `=`, so
 * that the last one parts them.
 */
export const columnType = {
  parse(text: string): Readonly<Record<string, string>> {
    const [, name, type] = /^(.+)=\s*([^=]*[^=\s])\s*$/s.exec(text) ?? [];
    if (name === undefined || type === undefined) throw new WrongValue('NAME=TYPE, such as ra=float64');
    return { [name]: type };
  },
  merge(earlier: Readonly<Record<string, string>>, later: Readonly<Record<string, string>>) {
    if (Object.keys(later).some((name) => Object.hasOwn(earlier, name))) {
      throw new WrongValue('each column once');
    }
    return { ...earlier, ...later };
  },
};
