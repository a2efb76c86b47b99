import { quoteIdentifier } from '../copy-sql.ts';
import type { Session } from '../session.ts';
import type { SliceableQuery } from './sliceable-query.ts';

/** What the catalog says about a query that may be read in slices. */
export interface TableFacts {
  /** 8 KiB blocks, usually, of the largest table that is read. */
  readonly largestBlocks: number;
  /** Blocks of all tables that are read. */
  readonly totalBlocks: number;
  /** OIDs of all partitions that hold rows, separated by commas; null if the table is not partitioned. */
  readonly partitions: string | null;
  /** Whether another table could be made to inherit from it. */
  readonly mayInherit: boolean;
}

/**
 * Stable functions of pg_catalog that give the same over connections with the same settings: what they depend on is
 * pinned in every transaction, or the database's own.
 */
const SAME_EVERYWHERE = [
  'array_to_string',
  'concat',
  'concat_ws',
  'date_part',
  'date_trunc',
  'extract',
  'format',
  'length',
  'timezone',
  'to_char',
  'to_date',
  'to_number',
  'to_timestamp',
];

/** Functions of that list whose result is a date or a time, and so has no text in it that could mean 'now'. */
const GIVE_TIMES = ['date_trunc', 'timezone', 'to_date', 'to_timestamp'];

interface FactsRow {
  readonly problem: string | null;
  readonly largest: string | null;
  readonly total: string | null;
  readonly partitions: string | null;
  readonly kind: string | null;
}

/**
 * `tree`: the table and, of a partitioned one, all below it; `problem`: the first reason against slices. Which
 * function, operator or type a name means is decided by types and search_path, so all that have the name must do.
 */
const FACTS = `
WITH RECURSIVE rel AS (SELECT c.* FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1)::oid),
tree AS (
  SELECT oid FROM rel
  UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid WHERE NOT $2::bool),
columns AS (
  SELECT a.attname, a.atttypid, t.typcategory FROM rel JOIN pg_catalog.pg_attribute a ON a.attrelid = rel.oid AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid),
leaves AS (
  SELECT c.oid, c.relkind, c.relpersistence, a.amname FROM tree JOIN pg_catalog.pg_class c USING (oid)
  LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam WHERE c.relkind NOT IN ('p', 'I')),
sizes AS (
  SELECT pg_catalog.pg_relation_size(oid) / pg_catalog.current_setting('block_size')::int8 AS blocks FROM leaves)
SELECT CASE
  WHEN NOT EXISTS (SELECT FROM rel) THEN 'its table is not found by name'
  WHEN EXISTS (SELECT FROM rel WHERE relkind NOT IN ('r', 'p', 'm')) THEN 'it reads a view or a foreign table'
  WHEN EXISTS (SELECT FROM rel WHERE relkind = 'r') AND (SELECT count(*) FROM tree) > 1 THEN 'other tables inherit from its table'
  WHEN EXISTS (SELECT FROM leaves WHERE relkind NOT IN ('r', 'm')) THEN 'a partition is a foreign table'
  WHEN EXISTS (SELECT FROM leaves WHERE relpersistence = 't') THEN 'its table is temporary'
  WHEN EXISTS (SELECT FROM leaves WHERE amname <> 'heap') THEN 'its table has another access method than heap'
  WHEN EXISTS (SELECT FROM tree WHERE pg_catalog.row_security_active(oid)) THEN 'row security restricts what is read'
  WHEN EXISTS (SELECT FROM pg_catalog.unnest($3::text[]) AS name WHERE name NOT IN (SELECT attname FROM columns))
    THEN 'it names something that is no column of its table'
  WHEN EXISTS (SELECT FROM pg_catalog.unnest($4::text[]) AS name WHERE NOT coalesce((
         SELECT bool_and(p.pronamespace = 'pg_catalog'::regnamespace::oid AND p.prokind = 'f' AND NOT p.proretset
                         AND (p.provolatile = 'i' OR p.provolatile = 's' AND name = ANY ($8::text[])))
         FROM pg_catalog.pg_proc p WHERE p.proname = name AND NOT 'timetz'::regtype::oid = ANY (p.proargtypes)), false))
    THEN 'it calls a function that may differ between connections'
  WHEN pg_catalog.cardinality($4::text[]) > 0 AND ('timetz' = ANY ($6) OR 'timetz'::regtype::oid IN (SELECT atttypid FROM columns))
    THEN 'it calls a function and its table has a timetz, whose offset may be that of another day over every connection'
  WHEN EXISTS (SELECT FROM pg_catalog.pg_operator o LEFT JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
               WHERE o.oprname = ANY ($5::text[])
                 AND coalesce(p.provolatile, 'v') NOT IN ('i', (CASE WHEN o.oprnamespace = 'pg_catalog'::regnamespace::oid THEN 's' ELSE 'i' END)::"char"))
    THEN 'it has an operator that may differ between connections'
  WHEN EXISTS (SELECT FROM pg_catalog.unnest($6::text[]) AS name WHERE name LIKE 'reg%' OR NOT coalesce((
         SELECT bool_and(t.typnamespace = 'pg_catalog'::regnamespace::oid) FROM pg_catalog.pg_type t WHERE t.typname = name), false))
    THEN 'it casts to a type whose values may differ between connections, or that the database defines itself'
  WHEN EXISTS (SELECT FROM pg_catalog.json_to_recordset($7::json) AS cast_to(type text, "column" text, call text)
               JOIN pg_catalog.pg_type t ON t.typname = type AND t.typnamespace = 'pg_catalog'::regnamespace::oid
               JOIN pg_catalog.pg_proc p ON p.oid = t.typinput AND p.provolatile <> 'i'
               WHERE NOT (t.typcategory IN ('D', 'T') AND (coalesce(call = ANY ($9::text[]), false)
                 OR EXISTS (SELECT FROM columns WHERE attname = "column" AND typcategory IN ('D', 'T')))))
    THEN 'it casts to a type whose values may mean another time over every connection'
  WHEN EXISTS (SELECT FROM pg_catalog.pg_cast c LEFT JOIN pg_catalog.pg_proc p ON p.oid = c.castfunc
               WHERE c.oid >= 16384::oid AND (c.castmethod = 'i' OR p.provolatile <> 'i'))
    THEN 'the database defines casts that may differ between connections'
  END AS problem,
  (SELECT max(blocks) FROM sizes) AS largest, (SELECT sum(blocks) FROM sizes) AS total,
  (SELECT relkind FROM rel) AS kind, (SELECT string_agg(oid::text, ',') FROM leaves) AS partitions`;

/**
 * Asks the catalog, within the session's transaction; a string says why the query cannot be read in slices. `stable`:
 * functions of pg_catalog that may be called although they are not immutable.
 */
export async function tableFacts(
  session: Session,
  query: SliceableQuery,
  stable: readonly string[] = SAME_EVERYWHERE,
): Promise<TableFacts | string> {
  const { columns, functions, operators, types, conversions } = query.uses;
  const [row] = await session.query<FactsRow>(FACTS, [
    query.table.map(quoteIdentifier).join('.'),
    query.only,
    [...columns],
    [...functions],
    [...operators],
    [...types],
    JSON.stringify(conversions),
    stable,
    GIVE_TIMES,
  ]);
  const { problem, largest, total, kind, partitions } = row!;
  return (
    problem ?? {
      largestBlocks: Number(largest),
      totalBlocks: Number(total),
      partitions: kind === 'p' ? partitions : null,
      mayInherit: kind === 'r',
    }
  );
}
