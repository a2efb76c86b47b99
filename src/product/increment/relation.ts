import { createHash } from 'node:crypto';
import { quoteIdentifier } from '../../postgres/copy-sql.ts';
import type { Session } from '../../postgres/session.ts';
import type { SliceableQuery } from '../../postgres/slices/sliceable-query.ts';
import type { ManifestIncrement } from '../manifest/manifest.ts';

export type RememberedRelation = Extract<ManifestIncrement, { by: 'snapshot' }>['relation'];

/** What the snapshot's catalog says of the table that an increment is taken from. */
export interface RelationFacts {
  readonly relation: RememberedRelation;
  /** Why increments of it can never be exact; null if they can. */
  readonly problem: string | null;
  readonly statisticsReset: readonly string[];
}

interface FactsRow {
  readonly oid: string;
  readonly kind: string;
  /** JSON. */
  readonly leaves: string;
  readonly columns: string;
  readonly definitions: string;
  readonly catalog_text: string | null;
  readonly resets: string;
}

/**
 * `types`: those of the columns and all that they are made of. `definitions` holds what changes the values of rows
 * without writing them anew: a label of an enum or a member of a composite type gets another name, an extension is
 * updated, an operator's function replaced, the libraries of a collation change its order.
 */
const FACTS = `
WITH RECURSIVE rel AS (SELECT c.* FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1)),
tree AS (
  SELECT oid FROM rel
  UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid WHERE NOT $2::bool),
columns AS (
  SELECT a.* FROM rel JOIN pg_catalog.pg_attribute a ON a.attrelid = rel.oid AND a.attnum > 0 AND NOT a.attisdropped),
types AS (
  SELECT atttypid AS oid FROM columns
  UNION SELECT part.oid FROM types JOIN pg_catalog.pg_type t ON t.oid = types.oid CROSS JOIN LATERAL (
    SELECT t.typelem UNION ALL SELECT t.typbasetype
    UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE t.typrelid <> 0 AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r
      -- Multiranges are there from 14 on.
      WHERE r.rngtypid = t.oid OR (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid = t.oid) AS part(oid)
  WHERE part.oid <> 0),
definitions AS (
  SELECT pg_catalog.concat_ws(' ', 'label', e.oid, e.enumlabel) AS line FROM pg_catalog.pg_enum e JOIN types ON types.oid = e.enumtypid
  UNION ALL SELECT pg_catalog.concat_ws(' ', 'member', t.oid, a.attnum, a.atttypid, a.atttypmod, a.attname) FROM types
    JOIN pg_catalog.pg_type t ON t.oid = types.oid AND t.typrelid <> 0
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL SELECT pg_catalog.concat_ws(' ', 'extension', types.oid, e.extversion, e.extname) FROM types
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = types.oid AND d.deptype = 'e'
      AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
    JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
  UNION ALL SELECT pg_catalog.concat_ws(' ', 'operator', o.oid, p.oid, p.probin, p.prosrc) FROM pg_catalog.pg_operator o
    JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
    WHERE o.oprname = ANY ($3::text[]) AND o.oprnamespace <> 'pg_catalog'::pg_catalog.regnamespace
  UNION ALL SELECT DISTINCT pg_catalog.concat_ws(' ', 'collation', attcollation, pg_catalog.pg_collation_actual_version(attcollation))
    FROM columns WHERE attcollation <> 0)
SELECT rel.oid, rel.relkind AS kind,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('oid', c.oid::text, 'filenode', c.relfilenode::text) ORDER BY c.oid)
   FROM tree JOIN pg_catalog.pg_class c USING (oid) WHERE c.relkind <> 'p') AS leaves,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('number', a.attnum, 'name', a.attname,
     'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'default', pg_catalog.pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum)
   FROM columns a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum) AS columns,
  (SELECT pg_catalog.json_agg(line ORDER BY line) FROM definitions) AS definitions,
  (SELECT t.typname FROM types JOIN pg_catalog.pg_type t USING (oid)
   WHERE t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace AND (t.typname LIKE 'reg%' OR t.typname = 'aclitem') LIMIT 1) AS catalog_text,
  pg_catalog.json_build_array((SELECT stats_reset::text FROM pg_catalog.pg_stat_bgwriter),
    (SELECT stats_reset::text FROM pg_catalog.pg_stat_archiver)) AS resets
FROM rel`;

/** Asks the catalog within the session's transaction; null where the table is not found. */
export async function relationFacts(session: Session, query: SliceableQuery): Promise<RelationFacts | null> {
  const [row] = await session.query<FactsRow>(FACTS, [
    query.table.map(quoteIdentifier).join('.'),
    query.only,
    [...query.uses.operators],
  ]);
  if (row === undefined) return null;
  return {
    relation: {
      oid: row.oid,
      leaves: JSON.parse(row.leaves) ?? [],
      columns: JSON.parse(row.columns) ?? [],
      definitions: sha256(row.definitions),
    },
    problem: problemOf(row),
    statisticsReset: (JSON.parse(row.resets) as (string | null)[]).map(String),
  };
}

function problemOf({ kind, catalog_text }: FactsRow): string | null {
  if (kind === 'm') return 'it reads a materialized view, whose rows are written anew by every REFRESH';
  if (catalog_text !== null)
    return `its table has a column of type ${catalog_text}, whose text changes with the catalog`;
  return null;
}

export function sha256(text: string | null): string {
  return createHash('sha256')
    .update(text ?? '')
    .digest('hex');
}
