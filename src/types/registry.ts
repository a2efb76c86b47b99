import * as bytes from './bytes.ts';
import * as numbers from './numbers.ts';
import { numeric, numericToText } from './numeric.ts';
import type { PgType } from './pg-type.ts';
import * as temporal from './temporal.ts';
import { storeDate, storeTimestamp } from './text/dates.ts';
import { storeFloat32, storeFloat64 } from './text/floats.ts';
import { parseInt32, storeInt64 } from './text/integers.ts';

/** All types that are decoded from the wire. Every other type is exported as the text that its output function gives. */
export const PG_TYPES: readonly PgType[] = [
  numbers.bool,
  numbers.int2,
  numbers.int4,
  numbers.int8,
  numbers.float4,
  numbers.float8,
  numeric,
  bytes.text,
  bytes.varchar,
  bytes.bpchar,
  temporal.date,
  temporal.timestamp,
  temporal.timestamptz,
];

/** Functions that decoder source may call by name; handed to the generated code as arguments. */
export const DECODE_FUNCTIONS = {
  numericToText,
  parseInt32,
  storeInt64,
  storeFloat32,
  storeFloat64,
  storeDate,
  storeTimestamp,
};

const BY_OID = new Map(PG_TYPES.map((type) => [type.oid, type]));
const BY_NAME = new Map(PG_TYPES.map((type) => [type.name, type]));

/** The record of a built-in type, if it has one. */
export function pgTypeByOid(oid: number): PgType | undefined {
  return BY_OID.get(oid);
}

/** The record of the type of that name in `pg_catalog`; the name must be in the registry. */
export function pgTypeByName(name: string): PgType {
  const type = BY_NAME.get(name);
  if (type === undefined) throw new TypeError(`no type ${name} in the registry`);
  return type;
}
