import { type Parser, WrongValue, withForm } from './values.ts';

/** Postgres cuts longer names short without an error, so that another table or column could be meant (NAMEDATALEN). */
const MAX_NAME_BYTES = 63;

/** `SCHEMA.TABLE` or `TABLE`: one or two names. */
export const tableName: Parser<readonly string[]> = (text) => {
  const names = splitNames(text, '.');
  if (names !== null && names.length <= 2) return names;
  throw new WrongValue(
    'SCHEMA.TABLE, with double quotes around a name that holds a dot or a quote: public."my.table"',
  );
};

/** Names separated by commas, each of them once. */
export const columnNames: Parser<readonly string[]> = withForm({ kind: 'names' }, (text) => {
  const names = splitNames(text, ',');
  if (names === null) {
    throw new WrongValue(
      'names separated by commas, with double quotes around one that holds a comma or a quote: a,"b,c"',
    );
  }
  if (new Set(names).size < names.length) throw new WrongValue('each column once');
  return names;
});

/** The list that `columnNames` reads back as these names. */
export function quotedNames(names: readonly string[]): string {
  return names.map((name) => `"${name.replaceAll('"', '""')}"`).join(',');
}

/**
 * The names in a list. They are taken as they are, upper and lower case included. Blanks around a name do not count.
 * Within double quotes everything is part of the name, a quote if it is doubled. Returns null for anything else.
 */
function splitNames(text: string, separator: '.' | ','): string[] | null {
  const part = new RegExp(
    `\\s*(?:"((?:[^"]|"")+)"|([^"${separator}]*[^"${separator}\\s]))\\s*([${separator}]|$)`,
    'y',
  );
  const names: string[] = [];
  for (;;) {
    const [, quoted, bare, end] = part.exec(text) ?? [];
    const name = quoted?.replaceAll('""', '"') ?? bare;
    if (name === undefined) return null;
    if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
      throw new WrongValue(`names of at most ${MAX_NAME_BYTES} bytes, as Postgres has them`);
    }
    names.push(name);
    if (end === '') return names;
  }
}
