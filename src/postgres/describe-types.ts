import type { PgMember, PgShape, PgTypeDesc } from '../types/pg-type.ts';
import type { Session } from './session.ts';

/** A type with the modifier that it is used with. */
export interface TypeRef {
  readonly oid: number;
  readonly typmod: number;
}

/** One type as the catalog has it; all values are the text that the server sent. */
interface TypeRow {
  readonly oid: string;
  readonly name: string;
  readonly formatted: string;
  readonly typtype: string;
  readonly base: string;
  readonly base_typmod: string;
  readonly dimensions: string;
  readonly element: string;
  readonly extension: string | null;
  readonly casts_by_output: 't' | 'f';
  /** The attributes of a composite type, as JSON. */
  readonly members: string | null;
}

interface MemberRow {
  readonly name: string;
  readonly oid: number;
  readonly typmod: number;
  readonly dimensions: number;
}

/**
 * `element`: of a true array only; other types with a typelem are of fixed length.
 * Attribute numbers of dropped columns are left out, as record_send leaves them out.
 */
const TYPES = `
  SELECT t.oid, t.typname AS name, pg_catalog.format_type(t.oid, ref.typmod) AS formatted, t.typtype,
    t.typbasetype AS base, t.typtypmod AS base_typmod, t.typndims AS dimensions,
    CASE WHEN t.typlen = -1 AND t.typcategory = 'A' THEN t.typelem ELSE 0 END AS element,
    (SELECT e.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
     WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid AND d.objid = t.oid AND d.deptype = 'e'
       AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass::pg_catalog.oid) AS extension,
    NOT EXISTS (SELECT FROM pg_catalog.pg_cast c
                WHERE c.castsource = t.oid AND c.casttarget IN ('pg_catalog.text'::pg_catalog.regtype::pg_catalog.oid,
                  'pg_catalog.text[]'::pg_catalog.regtype::pg_catalog.oid)) AS casts_by_output,
    CASE WHEN t.typtype = 'c' THEN
      (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'oid', a.atttypid::bigint,
              'typmod', a.atttypmod, 'dimensions', a.attndims) ORDER BY a.attnum)
       FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
    END AS members
  FROM ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::int4[])) WITH ORDINALITY AS ref(oid, typmod, place)
  JOIN pg_catalog.pg_type t ON t.oid = ref.oid ORDER BY ref.place`;

/** The types asked for, in that order, with all types that they are made of. One query for each level of nesting. */
export async function describeTypes(session: Session, refs: readonly TypeRef[]): Promise<PgTypeDesc[]> {
  if (refs.length === 0) return [];
  const rows = await session.query<TypeRow>(TYPES, [
    refs.map((ref) => ref.oid),
    refs.map((ref) => ref.typmod),
  ]);
  const parts = rows.map((row, i) => partsOf(row, refs[i]!));
  const described = await describeTypes(session, parts.flat());
  let next = 0;
  return rows.map((row, i) => {
    const own = described.slice(next, next + parts[i]!.length);
    next += own.length;
    return {
      oid: Number(row.oid),
      name: row.name,
      formatted: row.formatted,
      typmod: refs[i]!.typmod,
      extension: row.extension,
      castsByOutput: row.casts_by_output === 't' && (row.typtype !== 'd' || own[0]!.castsByOutput),
      shape: shapeOf(row, own),
    };
  });
}

/** The types that a type is made of. An array's modifier is its elements'. */
function partsOf(row: TypeRow, { typmod }: TypeRef): TypeRef[] {
  if (row.typtype === 'd') return [{ oid: Number(row.base), typmod: Number(row.base_typmod) }];
  if (row.typtype === 'c') return membersOf(row).map(({ oid, typmod: own }) => ({ oid, typmod: own }));
  return row.element === '0' ? [] : [{ oid: Number(row.element), typmod }];
}

function shapeOf(row: TypeRow, parts: readonly PgTypeDesc[]): PgShape {
  switch (row.typtype) {
    case 'd':
      return { kind: 'domain', base: parts[0]!, dimensions: Number(row.dimensions) };
    case 'c':
      return { kind: 'composite', members: membersOf(row).map((member, i) => memberOf(member, parts[i]!)) };
    case 'e':
      return { kind: 'enum' };
    case 'p':
      return { kind: 'pseudo' };
    case 'r':
    case 'm':
      return { kind: 'range' };
    default:
      return row.element === '0' ? { kind: 'base' } : { kind: 'array', element: parts[0]! };
  }
}

function membersOf(row: TypeRow): MemberRow[] {
  return JSON.parse(row.members ?? '[]');
}

function memberOf({ name, dimensions }: MemberRow, type: PgTypeDesc): PgMember {
  return { name, type, dimensions };
}
