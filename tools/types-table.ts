/** Writes the table of types into docs/types.md, from the records of src/types/registry.ts: `npm run docs:types`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { arrowName } from '../src/types/arrow-names.ts';
import type { DataType } from '../src/types/kinds.ts';
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

/** Types in a row that become the same share a line. */
function typesTable(): string {
  const lines: { names: string[]; rest: string }[] = [];
  for (const type of PG_TYPES) {
    const [own, ...others] = possibleTypes(describe(type), NO_OVERRIDES) as [DataType, ...DataType[]];
    const onRequest = others.filter((other) => other.id !== 'utf8' || own.id !== 'utf8').map(requested);
    const rest = `\`${arrowName(own)}\` | ${parquetName(own)} | ${onRequest.join(', ')} |`;
    const last = lines.at(-1);
    if (last?.rest === rest) last.names.push(nameOf(type));
    else lines.push({ names: [nameOf(type)], rest });
  }
  const rows = lines.map(({ names, rest }) => `| ${names.join(', ')} | ${rest}\n`);
  return `| Postgres | Arrow | Parquet | on request |\n|---|---|---|---|\n${rows.join('')}`;
}

/** One of the types that one can ask for; decimals have any precision and scale. */
function requested(type: DataType): string {
  return type.id === 'decimal128' ? '`decimal128(p,s)`' : `\`${arrowName(type)}\``;
}

/** Parquet's physical type, and its annotation. */
function parquetName(type: DataType): string {
  switch (type.id) {
    case 'bool':
      return 'BOOLEAN';
    case 'int': {
      const isPlain = type.bitWidth >= 32 && type.signed;
      return `INT${Math.max(type.bitWidth, 32)}${isPlain ? '' : ` (${type.bitWidth}, ${type.signed ? '' : 'un'}signed)`}`;
    }
    case 'float':
      return type.bitWidth === 32 ? 'FLOAT' : 'DOUBLE';
    case 'utf8':
      return type.annotation === 'json' ? 'JSON' : 'STRING';
    case 'binary':
      return 'BYTE_ARRAY';
    case 'fixed_size_binary':
      return type.annotation === 'uuid' ? 'UUID' : 'FIXED_LEN_BYTE_ARRAY';
    case 'date32':
      return 'DATE';
    case 'time64':
      return 'TIME (MICROS)';
    case 'timestamp':
      return `TIMESTAMP (MICROS${type.timezone === null ? '' : ', UTC'})`;
    default:
      return type.id.toUpperCase();
  }
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
