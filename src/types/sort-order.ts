import type { DataType } from './kinds.ts';
import type { PgTypeDesc } from './pg-type.ts';

/** The Arrow type under which values of a Postgres type keep their order in Parquet, by the Postgres type's OID. */
const SAME_ORDER: ReadonlyMap<number, DataType['id']> = new Map([
  [16, 'bool'],
  [17, 'binary'],
  [20, 'int'],
  [21, 'int'],
  [23, 'int'],
  [26, 'int'],
  [1082, 'date32'],
  [1083, 'time64'],
  [1114, 'timestamp'],
  [1184, 'timestamp'],
  [1700, 'decimal128'],
  [2950, 'fixed_size_binary'],
]);

/** text, varchar and name; char(n) is compared without the blanks at its end. */
const TEXT = new Set([19, 25, 1043]);

/** Whether the type's order depends on a collation. */
export function isCollated(type: PgTypeDesc): boolean {
  return type.shape.kind === 'domain' ? isCollated(type.shape.base) : TEXT.has(type.oid);
}

/**
 * Whether Postgres sorts a type as Parquet sorts what its values are stored as (parquet.thrift, `ColumnOrder`).
 * `bytewise`: text is compared byte by byte. Floats do not: Parquet has no place for NaN.
 */
export function sortsAsStored(type: PgTypeDesc, stored: DataType, bytewise: boolean): boolean {
  if (type.shape.kind === 'domain') return sortsAsStored(type.shape.base, stored, bytewise);
  return TEXT.has(type.oid) ? bytewise && stored.id === 'utf8' : SAME_ORDER.get(type.oid) === stored.id;
}
