import { quoteIdentifier } from '../copy-sql.ts';
import type { Session } from '../session.ts';
import type { SliceableQuery } from './sliceable-query.ts';

/** What the catalog says about a query that may be read in slices. */
export interface TableFacts {
  /** 8 KiB blocks, usually, of the largest table that is read. */
  readonly largestBlocks: number;
  /** Blocks of all tables that are read. */
  readonly totalBlocks: number;
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
  'timezone',
  'to_char',
  'to_date',
  'to_number',
  'to_timestamp',
];

interface FactsRow {
  readonly problem: string | null;
  readonly largest: string | null;
  readonly total: string | null;
}

/**
 * `tree`: the table and, of a partitioned one, all below it; `problem`: the first reason against slices. Which
 * function, operator or type a name means is decided by types and search_path, so all that have the name must do.
 */
const FACTS = `
WITH RECURSIVE rel AS (SELECT c.* FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1)),
tree AS (
  SELECT oid FROM rel
  UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid),
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
  WHEN EXISTS (SELECT FROM unnest($2::text[]) AS name WHERE name <> $6 AND NOT EXISTS (
         SELECT FROM pg_catalog.pg_attribute a JOIN rel ON a.attrelid = rel.oid WHERE a.attname = name AND NOT a.attisdropped))
    THEN 'it names something that is no column of its table'
  WHEN EXISTS (SELECT FROM unnest($3::text[]) AS name WHERE NOT coalesce((
         SELECT bool_and(p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND NOT p.proretset
                         AND (p.provolatile = 'i' OR p.provolatile = 's' AND name = ANY ($7::text[])))
         FROM pg_catalog.pg_proc p WHERE p.proname = name), false))
    THEN 'it calls a function that may differ between connections'
  WHEN EXISTS (SELECT FROM pg_catalog.pg_operator o LEFT JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
               WHERE o.oprname = ANY ($4::text[])
                 AND coalesce(p.provolatile, 'v') NOT IN ('i', CASE WHEN o.oprnamespace = 'pg_catalog'::regnamespace THEN 's' ELSE 'i' END))
    THEN 'it has an operator that may differ between connections'
  WHEN EXISTS (SELECT FROM unnest($5::text[]) AS name WHERE NOT coalesce((
         SELECT bool_and(t.typnamespace = 'pg_catalog'::regnamespace) FROM pg_catalog.pg_type t WHERE t.typname = name), false))
    THEN 'it casts to a type that the database defines itself'
  WHEN EXISTS (SELECT FROM pg_catalog.pg_cast c JOIN pg_catalog.pg_proc p ON p.oid = c.castfunc
               WHERE c.oid >= 16384 AND p.provolatile <> 'i')
    THEN 'the database defines casts that may differ between connections'
  END AS problem,
  (SELECT max(blocks) FROM sizes) AS largest, (SELECT sum(blocks) FROM sizes) AS total`;

/** Asks the catalog, within the session's transaction; a string says why the query cannot be read in slices. */
export async function tableFacts(session: Session, query: SliceableQuery): Promise<TableFacts | string> {
  const { functions, operators, types, columns } = query.uses;
  const [row] = await session.query<FactsRow>(FACTS, [
    query.table.map(quoteIdentifier).join('.'),
    [...columns],
    [...functions],
    [...operators],
    [...types],
    query.alias,
    SAME_EVERYWHERE,
  ]);
  const { problem, largest, total } = row!;
  return problem ?? { largestBlocks: Number(largest), totalBlocks: Number(total) };
}
