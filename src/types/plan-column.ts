import { ExportError } from '../errors.ts';
import { text } from './bytes.ts';
import type { DataType } from './kinds.ts';
import type { ColumnDesc, ColumnPlan, PgType, PgTypeDesc } from './pg-type.ts';
import { pgTypeByName, pgTypeByOid } from './registry.ts';

/** Arrow types asked for instead of the default ones, by the OID of the Postgres type. */
export type ArrowTypeOverrides = ReadonlyMap<number, DataType>;

/**
 * Decides how a column is read and what it becomes: its type's record, or the text of its output function where there
 * is none. Throws `ExportError` (`unsupported`) if another Arrow type is asked for than the type can be given.
 */
export function planColumn(column: ColumnDesc, overrides: ArrowTypeOverrides): ColumnPlan {
  const base = baseType(column.type);
  const common = { name: column.name, pgType: column.type.formatted };
  const asText: ColumnPlan = { ...common, ...decoding(text), cast: { to: 'text' } };
  const type = pgTypeByOid(base.oid);
  const wanted = overrides.get(column.type.oid) ?? overrides.get(base.oid) ?? type?.arrow ?? text.arrow;
  if (type !== undefined && sameType(type.arrow, wanted)) {
    return { ...common, ...decoding(type), cast: null };
  }
  if (sameType(text.arrow, wanted)) return asText;
  for (const name of type?.castableTo ?? []) {
    const target = pgTypeByName(name);
    if (sameType(target.arrow, wanted)) {
      return { ...common, ...decoding(target), cast: { to: 'type', typname: target.name } };
    }
  }
  throw new ExportError(
    'unsupported',
    `a column of type ${column.type.formatted} cannot become ${describe(wanted)}`,
    {
      stage: 'plan',
      column: column.name,
      hint: `ask for ${possibleTypes(base).map(describe).join(', ')}, or cast the column in the query`,
    },
  );
}

/** The part of a plan that says how the values of a type are decoded. */
function decoding({ arrow, wire, textStore }: PgType): Pick<ColumnPlan, 'type' | 'wire' | 'textStore'> {
  return { type: arrow, wire, textStore };
}

/** The Arrow types that a column of this type can become, its default first. */
function possibleTypes(base: PgTypeDesc): DataType[] {
  const type = pgTypeByOid(base.oid);
  const all = [
    type?.arrow ?? text.arrow,
    text.arrow,
    ...(type?.castableTo ?? []).map((name) => pgTypeByName(name).arrow),
  ];
  return all.filter((one, i) => all.findIndex((other) => sameType(one, other)) === i);
}

/** The type under a domain, under the domain under that, and so on. */
function baseType(type: PgTypeDesc): PgTypeDesc {
  return type.base === undefined ? type : baseType(type.base);
}

function sameType(a: DataType, b: DataType): boolean {
  return describe(a) === describe(b);
}

/** A data type in Arrow's usual words. */
function describe(type: DataType): string {
  switch (type.id) {
    case 'int':
      return `${type.signed ? '' : 'u'}int${type.bitWidth}`;
    case 'float':
      return `float${type.bitWidth}`;
    case 'timestamp':
      return type.timezone === null ? `timestamp[${type.unit}]` : `timestamp[${type.unit}, ${type.timezone}]`;
    case 'decimal128':
      return `decimal128(${type.precision}, ${type.scale})`;
    default:
      return type.id;
  }
}
