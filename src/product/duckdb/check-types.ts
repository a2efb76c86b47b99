import type * as api from '@duckdb/node-api';
import { ExportError } from '../../errors.ts';
import { arrowName } from '../../types/arrow-names.ts';
import { childFields, type DataType, type Field } from '../../types/kinds.ts';
import type { DuckDB } from './duckdb.ts';

/** Throws `ExportError` (`internal`) unless DuckDB has a result's columns in the types that their fields are read from. */
export function checkTypes(
  { api }: DuckDB,
  types: readonly api.DuckDBType[],
  fields: readonly Field[],
): void {
  if (types.length !== fields.length) {
    throw new ExportError('internal', `DuckDB gives ${types.length} columns, not ${fields.length}`, {
      stage: 'decode',
    });
  }
  fields.forEach(({ name, type }, i) => {
    const found = types[i]!;
    if (agrees(api, found, type)) return;
    throw new ExportError('internal', `DuckDB reads ${arrowName(type)} as ${found}, which is not expected`, {
      stage: 'decode',
      column: name,
      hint: 'install @duckdb/node-api 1.5, which this is tested with',
    });
  });
}

function agrees(duckdb: typeof api, found: api.DuckDBType, type: DataType): boolean {
  if (found.typeId !== expected(duckdb.DuckDBTypeId, type)) return false;
  if (found instanceof duckdb.DuckDBDecimalType)
    return type.id === 'decimal128' && found.width === type.precision && found.scale === type.scale;
  const children = childTypes(duckdb, found);
  const members = type.id === 'map' ? [type.key, type.value] : childFields(type);
  return (
    children.length === members.length &&
    members.every((member, i) => agrees(duckdb, children[i]!, member.type))
  );
}

function childTypes(duckdb: typeof api, type: api.DuckDBType): readonly api.DuckDBType[] {
  if (type instanceof duckdb.DuckDBListType) return [type.valueType];
  if (type instanceof duckdb.DuckDBStructType) return type.entryTypes;
  if (type instanceof duckdb.DuckDBMapType) return [type.keyType, type.valueType];
  return [];
}

/** Null for types that no column from Postgres has. */
function expected(ids: typeof api.DuckDBTypeId, type: DataType): api.DuckDBTypeId | null {
  switch (type.id) {
    case 'bool':
      return ids.BOOLEAN;
    case 'int':
      return ids[`${type.signed ? '' : 'U'}${INTEGERS[type.bitWidth]}`];
    case 'float':
      return type.bitWidth === 32 ? ids.FLOAT : ids.DOUBLE;
    case 'decimal128':
      return ids.DECIMAL;
    case 'utf8':
      return ids.VARCHAR;
    case 'binary':
      return ids.BLOB;
    case 'fixed_size_binary':
      return type.annotation === 'uuid' ? ids.UUID : null;
    case 'date32':
      return ids.DATE;
    case 'time64':
      return type.unit === 'us' ? ids.TIME : null;
    case 'timestamp':
      if (type.unit !== 'us') return null;
      return type.timezone === null ? ids.TIMESTAMP : ids.TIMESTAMP_TZ;
    case 'list':
      return ids.LIST;
    case 'struct':
      return ids.STRUCT;
    case 'map':
      return ids.MAP;
  }
}

const INTEGERS = { 8: 'TINYINT', 16: 'SMALLINT', 32: 'INTEGER', 64: 'BIGINT' } as const;
