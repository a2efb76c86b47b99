/** Names that a database may have and that a careless program would take for something else. */
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: what a careless program would take for a template
export const HOSTILE_NAMES: readonly string[] = [
  '"',
  '""quoted""',
  "'",
  "'); DROP TABLE canary; --",
  '"; DROP TABLE canary; --',
  '\\',
  '\\u0022',
  'line\nbreak',
  'carriage\rreturn',
  'tab\tstop',
  '\u2028\u2029',
  '\u0001\u001b[31m\u007f',
  '*/ throw 1 /*',
  '// comment',
  '-- comment',
  '`${process.exit(7)}`',
  '${b}',
  '$values[$i]',
  '$bad(malformed)',
  '$$',
  '$1',
  '%s %I %',
  '{}',
  '[0]',
  'a.b',
  'a,b',
  ' ',
  'NULL',
  'select',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'prototype',
  'length',
  'x'.repeat(63),
  'é'.repeat(31),
  '日本🚀',
  '\u202egnp.exe',
  'b\ufeffom',
  'e\u0301',
];
/** Of a table and of a type. */
export const HOSTILE_TABLE = '*/ ${0}\u2028"\\\n__proto__';
export const HOSTILE_TYPE = 'e\'\\"`${0}';
export const HOSTILE_COMMENT = '\u0001\n"}\\u0000 ${0} */';
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: see above

/** As SQL writes an identifier and a literal. */
export const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
