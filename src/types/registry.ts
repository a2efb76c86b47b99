import { storeHstore } from './binary/hstore.ts';
import { inetToText } from './binary/inet.ts';
import { numericToDecimal, numericToText } from './binary/numeric.ts';
import * as bytes from './bytes.ts';
import * as dates from './convert/dates.ts';
import * as floats from './convert/floats.ts';
import * as integers from './convert/integers.ts';
import { hstore } from './hstore.ts';
import type { DataType } from './kinds.ts';
import * as network from './network.ts';
import * as numbers from './numbers.ts';
import { numeric } from './numeric.ts';
import type { Decoding, PgType, PgTypeDesc } from './pg-type.ts';
import * as strings from './strings.ts';
import * as temporal from './temporal.ts';
import { appendChar, appendHex, appendUtf8, charByte, storeUuid } from './text/bytes.ts';
import { storeDate, storeTime, storeTimestamp } from './text/dates.ts';
import { textToDecimal } from './text/decimals.ts';
import { storeFloat32, storeFloat64 } from './text/floats.ts';
import { parseHstore } from './text/hstore.ts';
import { parseInt32, storeInt64, storeUint32 } from './text/integers.ts';
import { TEXT_TYPES } from './text-types.ts';

/** All types that the program knows; any other one is exported as the text that its output function gives. */
export const PG_TYPES: readonly PgType[] = [
  numbers.bool,
  numbers.int2,
  numbers.int4,
  numbers.int8,
  numbers.float4,
  numbers.float8,
  numeric,
  numbers.oid,
  numbers.xid,
  numbers.cid,
  strings.text,
  strings.varchar,
  strings.bpchar,
  strings.name,
  strings.char,
  strings.json,
  strings.jsonb,
  strings.jsonpath,
  strings.xml,
  strings.refcursor,
  strings.citext,
  bytes.bytea,
  bytes.uuid,
  temporal.date,
  temporal.time,
  temporal.timestamp,
  temporal.timestamptz,
  network.inet,
  network.cidr,
  hstore,
  ...TEXT_TYPES,
];

/** Functions that decoder source may call by name; handed to the generated code as arguments. */
export const DECODE_FUNCTIONS = {
  appendChar,
  appendHex,
  appendUtf8,
  charByte,
  inetToText,
  numericToDecimal,
  numericToText,
  parseHstore,
  parseInt32,
  storeDate,
  storeFloat32,
  storeFloat64,
  storeHstore,
  storeInt64,
  storeTime,
  storeTimestamp,
  storeUint32,
  storeUuid,
  textToDecimal,
  ...dates,
  ...floats,
  ...integers,
};

const BY_MATCH = new Map(PG_TYPES.map((type) => [keyOf(type), type]));
const BY_NAME = new Map(PG_TYPES.map((type) => [type.name, type]));

/** The record of a type, if it has one: by OID, or by extension and name. */
export function pgTypeOf({ oid, extension, name }: PgTypeDesc): PgType | undefined {
  return extension === null ? BY_MATCH.get(String(oid)) : BY_MATCH.get(`${extension}.${name}`);
}

/** The record of the type of that name; it must be in the registry. */
export function pgTypeByName(name: string): PgType {
  const type = BY_NAME.get(name);
  if (type === undefined) throw new TypeError(`no type ${name} in the registry`);
  return type;
}

/** The Arrow type of a type's values where nothing is asked for and there is no type modifier. */
export function defaultType(type: PgType): DataType {
  return decodingOf(type, -1)?.type ?? TEXT;
}

/** How values of a type are decoded that is used with this modifier; null for the text of its output function. */
export function decodingOf({ decoding }: PgType, typmod: number): Decoding | null {
  return typeof decoding === 'function' ? decoding(typmod) : decoding;
}

const TEXT: DataType = { id: 'utf8' };

function keyOf({ match, name }: PgType): string {
  return 'oid' in match ? String(match.oid) : `${match.extension}.${name}`;
}
