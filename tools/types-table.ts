/** Writes the table of types into docs/types.md, from the records of src/types/registry.ts: `npm run docs:types`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { arrowName } from '../src/types/arrow-names.ts';
import type { PgType, PgTypeDesc } from '../src/types/pg-type.ts';
import { PG_TYPES } from '../src/types/registry.ts';
import { possibleTypes } from '../src/types/resolve.ts';

export const typesDocument = new URL('../docs/types.md', import.meta.url);

const BEGIN = '<!-- types: begin -->';
const END = '<!-- types: end -->';
const NO_OVERRIDES = { overrides: new Map(), numeric: null, checkUtf8: false };

/** The document's text with the table as it is to be now. */
export function withTypesTable(document: string): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`docs/types.md has no ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n${typesTable()}${END}${after}`;
}

function typesTable(): string {
  const rows = PG_TYPES.map((type) => {
    const [own, ...others] = possibleTypes(describe(type), NO_OVERRIDES).map(arrowName);
    const onRequest = others.filter((name) => name !== 'string' || own !== 'string');
    return `| ${nameOf(type)} | \`${own}\` | ${onRequest.map((name) => `\`${name}\``).join(', ')} |\n`;
  });
  return `| Postgres | Arrow | on request |\n|---|---|---|\n${rows.join('')}`;
}

function nameOf({ name: typname, match }: PgType): string {
  // As one must write it: char without quotes is bpchar.
  const name = typname === 'char' ? '"char"' : typname;
  return 'extension' in match ? `\`${name}\` (extension ${match.extension})` : `\`${name}\``;
}

/** The type as the catalog would describe it, without a modifier. */
function describe({ name, match }: PgType): PgTypeDesc {
  const isExtension = 'extension' in match;
  return {
    oid: isExtension ? 0 : match.oid,
    name,
    formatted: name,
    typmod: -1,
    extension: isExtension ? match.extension : null,
    castsByOutput: true,
    shape: { kind: 'base' },
  };
}

if (import.meta.main) {
  writeFileSync(typesDocument, withTypesTable(readFileSync(typesDocument, 'utf8')));
}
