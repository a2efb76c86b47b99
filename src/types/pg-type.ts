import type { DataType } from './kinds.ts';

/** A Postgres type as the catalog describes it: what `pg_type` says, with the types it is made of. */
export interface PgTypeDesc {
  readonly oid: number;
  /** `pg_type.typname`, such as `int4` or `_text`. */
  readonly name: string;
  /** As the user would write it, with its modifier: `numeric(15,2)`, `character varying(20)[]`. */
  readonly formatted: string;
  /** The type modifier of the column or domain; -1 for none. */
  readonly typmod: number;
  /** `pg_type.typtype`: b(ase), c(omposite), d(omain), e(num), p(seudo), r(ange), m(ultirange). */
  readonly typtype: string;
  /** Of a domain: the type under it, with the domain's modifier. */
  readonly base?: PgTypeDesc;
}

/** One column of a query's result. */
export interface ColumnDesc {
  readonly name: string;
  readonly type: PgTypeDesc;
}

/**
 * How one value is decoded from COPY's binary format. `store` is JavaScript source; it may use only these names, which
 * the code generator binds:
 *
 * - `b`: the received bytes; `p`: where the value begins; `n`: its length in bytes
 * - `v`: the same bytes as a DataView; not for text
 * - `$i`: the slot to store into
 * - `$values`: of a `fixed` column: an Int16Array for width 2, otherwise an Int32Array (8 bytes are two words, the low
 *   one first); of a `bits` column: the bitmap, zeroed
 * - `$bytes`: of a `bytes` column: its `BytesBuilder`
 * - `$bad(REASON)`: the value cannot be represented, REASON being a key of `UNREPRESENTABLE`
 * - any name of `DECODE_FUNCTIONS` (types/registry.ts)
 */
export interface WireDecoder {
  /** Length that every value must have on the wire, in bytes; null where it varies. */
  readonly width: number | null;
  readonly store: string;
}

/** Why a value that Postgres has cannot be held by the column's Arrow type. */
export const UNREPRESENTABLE = {
  infinite: 'is infinite, which the Arrow type has no value for',
  outOfRange: 'is beyond what the Arrow type can hold',
  malformed: 'is not a valid value of its type',
} as const;

/** Everything the program knows about one Postgres type. */
export interface PgType {
  /** `pg_type.typname`; the type lives in `pg_catalog`. */
  readonly name: string;
  /** `pg_type.oid`, fixed for built-in types. */
  readonly oid: number;
  /** The Arrow type that its values get. */
  readonly arrow: DataType;
  readonly wire: WireDecoder;
  /** As `WireDecoder.store`, for the text that COPY's CSV format has for a value. */
  readonly textStore: string;
  /** Names of the Postgres types that the server may cast a column of this type to, when another Arrow type is asked for. */
  readonly castableTo: readonly string[];
  /** For the tests and the documentation: a literal in SQL and the text that Postgres prints for it. */
  readonly samples: readonly string[];
}

/**
 * One column of an export, decided at planning: plain data that structured clone carries to worker threads.
 */
export interface ColumnPlan {
  readonly name: string;
  /** The Postgres type as the user would write it; it goes into the Arrow field's metadata. */
  readonly pgType: string;
  readonly type: DataType;
  readonly wire: WireDecoder;
  readonly textStore: string;
  /** What the server shall do to the column before it is sent; null: send it as it is. */
  readonly cast: Cast | null;
}

/** `text`: the type's output function; otherwise a cast to the named type of `pg_catalog`. */
export type Cast = { readonly to: 'text' } | { readonly to: 'type'; readonly typname: string };
