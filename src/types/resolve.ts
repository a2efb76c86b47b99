import { listOf, NAMEABLE_TYPES, sameType } from './arrow-names.ts';
import type { DataType } from './kinds.ts';
import type { Cast, Decoding, PgMember, PgTypeDesc, ValuePlan } from './pg-type.ts';
import { decodingOf, pgTypeOf } from './registry.ts';
import { checkedUtf8, ENUM_DECODING, text } from './strings.ts';

/** Arrow types asked for instead of the default ones, by the OID of the Postgres type. */
export type ArrowTypeOverrides = ReadonlyMap<number, DataType>;

/** What holds for all columns of an export. */
export interface TypeSettings {
  readonly overrides: ArrowTypeOverrides;
  /** What `numeric` without precision becomes; null for its exact text. */
  readonly numeric: DataType | null;
  /** Whether text may come that is not UTF-8: the database has no encoding (SQL_ASCII). */
  readonly checkUtf8: boolean;
}

/** How a value is decoded, and what the server shall do to it before. */
export interface Resolved {
  readonly value: ValuePlan;
  readonly cast: Cast | null;
}

/** int2vector and oidvector. */
const VECTORS: readonly number[] = [22, 30];

const TEXT_DECODING = text.decoding as Decoding;

/** The text of the type's output function, for the whole value. */
export function asText(settings: TypeSettings): Resolved {
  return { value: scalar(TEXT_DECODING, settings), cast: { to: 'text' } };
}

/**
 * Resolves a type to what it becomes by default, or to the Arrow type that an override asks for. Null if no way leads
 * to the type asked for. `dimensions` is how deep an array is declared, 0 where unknown.
 */
export function resolve(
  type: PgTypeDesc,
  dimensions: number,
  settings: TypeSettings,
  wanted: DataType | undefined = settings.overrides.get(type.oid),
): Resolved | null {
  const { shape } = type;
  switch (shape.kind) {
    case 'domain':
      return resolve(
        shape.base,
        Math.max(dimensions, shape.dimensions),
        settings,
        wanted ?? settings.overrides.get(shape.base.oid),
      );
    case 'array':
      return resolveArray(type, shape.element, dimensions, settings, wanted);
    case 'composite':
      return wanted === undefined ? resolveComposite(shape.members, settings) : onlyText(wanted, settings);
    case 'enum':
      if (wanted === undefined) return { value: scalar(ENUM_DECODING, settings), cast: null };
      return onlyText(wanted, settings);
    default:
      return resolveScalar(type, settings, wanted);
  }
}

/** The Arrow types that a type can become, its default first: what an error offers. */
export function possibleTypes(type: PgTypeDesc, settings: TypeSettings): DataType[] {
  const { shape } = type;
  if (shape.kind === 'domain') return possibleTypes(shape.base, settings);
  const defaultType = resolve(type, 0, { ...settings, overrides: new Map() })?.value.type;
  const { decodeAs = () => null } = pgTypeOf(type) ?? {};
  const others = NAMEABLE_TYPES.filter((other) => decodeAs(other) !== null);
  const all = [...(defaultType ? [defaultType] : []), TEXT_DECODING.type, ...others];
  return all.filter((one, i) => all.findIndex((other) => sameType(one, other)) === i);
}

function resolveScalar(
  type: PgTypeDesc,
  settings: TypeSettings,
  wanted: DataType | undefined,
): Resolved | null {
  const record = pgTypeOf(type);
  const isSent = record !== undefined && !(settings.checkUtf8 && record.sendsEncoding);
  const own = isSent ? decodingOf(record, type.typmod) : null;
  if (wanted === undefined) {
    if (own === null) return asText(settings);
    const isBareNumeric = record?.name === 'numeric' && own.type.id === 'utf8';
    if (!isBareNumeric || settings.numeric === null) return { value: scalar(own, settings), cast: null };
    wanted = settings.numeric;
  }
  if (own !== null && sameType(own.type, wanted)) return { value: scalar(own, settings), cast: null };
  const other = record?.decodeAs?.(wanted) ?? null;
  if (other !== null) return { value: scalar(other, settings), cast: null };
  return onlyText(wanted, settings);
}

/** A list where the elements can be decoded, or where the server can turn each into text; otherwise text as a whole. */
function resolveArray(
  type: PgTypeDesc,
  element: PgTypeDesc,
  dimensions: number,
  settings: TypeSettings,
  wanted: DataType | undefined,
): Resolved | null {
  if (wanted !== undefined && wanted.id !== 'list') return onlyText(wanted, settings);
  const { depth, leaf } =
    wanted === undefined ? { depth: Math.max(1, dimensions), leaf: undefined } : unnest(wanted);
  const inner = resolve(element, 0, settings, leaf);
  if (inner === null) return null;
  const isVector = VECTORS.includes(type.oid);
  const list = (value: ValuePlan): ValuePlan => ({
    kind: 'list',
    type: nest(value.type, depth),
    dimensions: depth,
    isVector,
    element: value,
  });
  if (inner.cast === null) return { value: list(inner.value), cast: null };
  if (inner.cast.to === 'text' && element.castsByOutput && type.castsByOutput)
    return { value: list(inner.value), cast: { to: 'textArray' } };
  return wanted === undefined ? asText(settings) : null;
}

/** A struct; members that the server must cast make it a row of cast members. */
function resolveComposite(members: readonly PgMember[], settings: TypeSettings): Resolved | null {
  const resolved = members.map((member) => resolve(member.type, member.dimensions, settings));
  if (resolved.includes(null)) return null;
  if (members.length === 0) return asText(settings);
  const parts = resolved as Resolved[];
  const type: DataType = {
    id: 'struct',
    fields: members.map(({ name }, i) => ({ name, type: parts[i]!.value.type, nullable: true })),
  };
  const value: ValuePlan = { kind: 'struct', type, members: parts.map((part) => part.value) };
  if (parts.every((part) => part.cast === null)) return { value, cast: null };
  return {
    value,
    cast: { to: 'row', members: members.map(({ name }, i) => ({ name, cast: parts[i]!.cast })) },
  };
}

function onlyText(wanted: DataType, settings: TypeSettings): Resolved | null {
  return sameType(TEXT_DECODING.type, wanted) ? asText(settings) : null;
}

function scalar(decoding: Decoding, { checkUtf8 }: TypeSettings): ValuePlan {
  return { kind: 'scalar', ...(checkUtf8 ? checkedUtf8(decoding) : decoding) };
}

function nest(element: DataType, depth: number): DataType {
  return depth === 0 ? element : listOf(nest(element, depth - 1));
}

function unnest(type: DataType): { depth: number; leaf: DataType } {
  if (type.id !== 'list') return { depth: 0, leaf: type };
  const { depth, leaf } = unnest(type.element.type);
  return { depth: depth + 1, leaf };
}
