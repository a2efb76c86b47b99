import type { ColumnKernelName } from '../kernels/kernels.ts';
import type { DataType } from './kinds.ts';

/** A Postgres type as the catalog describes it: what `pg_type` says, with the types it is made of. */
export interface PgTypeDesc {
  readonly oid: number;
  /** `pg_type.typname`, such as `int4` or `_text`. */
  readonly name: string;
  /** As the user would write it, with its modifier: `numeric(15,2)`, `character varying(20)[]`. */
  readonly formatted: string;
  /** The type modifier of the column, domain or member; -1 for none. */
  readonly typmod: number;
  /** The extension that the type belongs to (`pg_depend`, deptype 'e'); null for none. */
  readonly extension: string | null;
  /**
   * Whether the server casts the type to text (an array of it to an array of text) by its output function, no other cast
   * being in the way. A domain casts as its base type does.
   */
  readonly castsByOutput: boolean;
  readonly shape: PgShape;
}

/** What kind of type it is: `pg_type.typtype` and what belongs to it. */
export type PgShape =
  | { readonly kind: 'base' | 'enum' | 'pseudo' | 'range' }
  /** `dimensions`: of a domain over an array, as declared. */
  | { readonly kind: 'domain'; readonly base: PgTypeDesc; readonly dimensions: number }
  | { readonly kind: 'array'; readonly element: PgTypeDesc }
  | { readonly kind: 'composite'; readonly members: readonly PgMember[] };

/** One attribute of a composite type. */
export interface PgMember {
  readonly name: string;
  readonly type: PgTypeDesc;
  /** `pg_attribute.attndims`: as declared, 0 where unknown. */
  readonly dimensions: number;
}

/** One column of a query's result. */
export interface ColumnDesc extends PgMember {
  /** The comment on the table's column that it is; null for none. */
  readonly comment: string | null;
  /** OID of the table that it is a column of; 0 for none. */
  readonly table: number;
}

/**
 * How the values of a type are decoded and what they become. The `store` sources are JavaScript; they may use only
 * these names, which the code generator binds:
 *
 * - `b`: the received bytes; `p`: where the value begins; `n`: its length in bytes
 * - `v`: the same bytes as a DataView; for binary values only
 * - `$i`: the slot to store into
 * - `$values`: of a `fixed` column: an Int16Array for width 2, otherwise an Int32Array (8 bytes are two words, the low
 *   one first); of a `bits` column: the bitmap, zeroed
 * - `$node`: the column's builder; of a `bytes` column a `BytesBuilder`, to which the value is appended
 * - `$bad(REASON)`: the value cannot be represented, REASON being a key of `UNREPRESENTABLE`; `$refuse(reason)`: the
 *   same with the key in the variable `reason`
 * - any name of `DECODE_FUNCTIONS` (types/registry.ts)
 */
export interface Decoding {
  readonly type: DataType;
  /** COPY's binary format. `width`: length that every value must have, in bytes; null where it varies. */
  readonly binary: { readonly width: number | null; readonly store: string; readonly kernel?: Kernel };
  /** COPY's text, after unquoting. */
  readonly text: { readonly store: string };
}

/**
 * A kernel that stores many values of the binary format at a time, just as `store` stores one; it may leave values to
 * `store`. Each is described in src/kernels/assembly/, with its parameters:
 *
 * - `words2`, `words4`, `words8`: numbers as they are; `bytes16`: bytes as they are
 * - `shifted4`, `shifted8`: dates and timestamps, moved by `x`
 * - `bits`: booleans
 * - `decimals`: numerics of precision `x` and scale `y`; `numerics`: their texts
 * - `bytes`: byte strings, after a byte of the value `x` (-1: there is none)
 */
export interface Kernel {
  readonly name: ColumnKernelName;
  readonly x?: number;
  readonly y?: number;
}

/** Why a value that Postgres has cannot be held by the column's Arrow type. */
export const UNREPRESENTABLE = {
  infinite: 'is infinite, which the Arrow type has no value for',
  notANumber: 'is NaN or infinite, which the Arrow type has no value for',
  outOfRange: 'is beyond what the Arrow type can hold',
  inexact: 'has more digits than the Arrow type can hold',
  endOfDay: 'is 24:00:00, which the Arrow type has no value for',
  notUtf8: 'is not valid UTF-8',
  dimensions: 'is an array of another number of dimensions than the column',
  lowerBound: 'is an array whose subscripts do not begin where an Arrow list does',
  malformed: 'is not a valid value of its type',
} as const;

export type Unrepresentable = keyof typeof UNREPRESENTABLE;

/** Everything the program knows about one Postgres type. */
export interface PgType {
  /** `pg_type.typname`. */
  readonly name: string;
  /** `pg_type.oid` of a built-in type, or the extension whose type of that name it is: its OID differs per database. */
  readonly match: { readonly oid: number } | { readonly extension: string };
  /**
   * How its values are decoded; a function where it depends on the column's type modifier. Null: the server sends the
   * text of the type's output function.
   */
  readonly decoding: Decoding | ((typmod: number) => Decoding) | null;
  /**
   * How its values are decoded to another Arrow type, for a user who asks for one; null if they are not. Every type can
   * become text, which need not be said here. A value that does not fit is `$bad`.
   */
  readonly decodeAs?: (wanted: DataType) => Decoding | null;
  /** Whether its binary form names the client's encoding where that is not UTF8, as its text does not. */
  readonly sendsEncoding?: true;
  /** Values for the tests, at least three; none if no query can return one. */
  readonly samples: readonly Sample[];
}

/** A value as the text of a literal, `'…'::type`, or as an expression. */
export type Sample = string | { readonly sql: string };

/** How a value is decoded, whatever it is made of: plain data that structured clone carries to worker threads. */
export type ValuePlan =
  | ({ readonly kind: 'scalar' } & Decoding)
  | {
      readonly kind: 'list';
      readonly type: DataType;
      /** How many dimensions every array must have that is not empty. */
      readonly dimensions: number;
      /** Whether it is an int2vector or oidvector, whose subscripts begin with 0 and whose text is `1 2 3`. */
      readonly isVector: boolean;
      readonly element: ValuePlan;
    }
  | { readonly kind: 'struct'; readonly type: DataType; readonly members: readonly ValuePlan[] };

/** One column of an export, decided at planning: plain data. */
export interface ColumnPlan {
  readonly name: string;
  /** The Postgres type as the user would write it; it goes into the Arrow field's metadata. */
  readonly pgType: string;
  readonly comment: string | null;
  readonly value: ValuePlan;
  /** What the server shall do to the column before it is sent; null: send it as it is. */
  readonly cast: Cast | null;
}

/**
 * `text`: the type's output function; `textArray`: the output function of each element; `row`: a row of the composite's
 * members, each cast on its own.
 */
export type Cast =
  | { readonly to: 'text' | 'textArray' }
  | {
      readonly to: 'row';
      readonly members: readonly { readonly name: string; readonly cast: Cast | null }[];
    };
