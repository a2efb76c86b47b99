import type { Row } from '../support/server.ts';

/** Runs one statement and gives its rows. */
export type Query = <R extends Row>(text: string) => Promise<R[]>;

/** A type as the server's catalog has it. */
export interface CatalogType {
  readonly oid: number;
  readonly name: string;
  /** Its qualified name, quoted, for SQL. */
  readonly sql: string;
  /** As `format_type` writes it. */
  readonly formatted: string;
  readonly kind: 'base' | 'enum' | 'domain' | 'array' | 'vector' | 'composite' | 'range' | 'pseudo';
  /** Of an array or a vector: its element's OID; of a domain its base's; 0 for others. */
  readonly of: number;
  readonly members: readonly { readonly name: string; readonly oid: number }[];
}

const CATALOG = `
  SELECT t.oid::int AS oid, t.typname AS name, format('%I.%I', n.nspname, t.typname) AS sql,
    format_type(t.oid, -1) AS formatted,
    CASE WHEN t.typname IN ('int2vector', 'oidvector') THEN 'vector'
      WHEN EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid) THEN 'array'
      ELSE (json_build_object('b', 'base', 'e', 'enum', 'd', 'domain', 'c', 'composite', 'r', 'range', 'm', 'range', 'p', 'pseudo')
            ->> t.typtype::text) END AS kind,
    (CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END)::int AS of,
    coalesce((SELECT json_agg(json_build_object('name', a.attname, 'oid', a.atttypid::int) ORDER BY a.attnum)
      FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS members
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname NOT LIKE 'pg_toast%' ORDER BY t.oid`;

/** All types of a database, by OID. */
export async function readCatalog(query: Query): Promise<ReadonlyMap<number, CatalogType>> {
  const rows = await query<CatalogType & Row>(CATALOG);
  return new Map(rows.map((row) => [row.oid, row]));
}
