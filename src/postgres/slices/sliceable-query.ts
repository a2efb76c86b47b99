import { parseSelect, scanSql } from '../sql-parser.ts';
import { findProblem, type NamesInUse, noNames } from './expressions.ts';
import { type NodeFields, nodes, open, type ParseNode } from './parse-tree.ts';

/** A query of the one form that can be read in slices: `SELECT … FROM table [WHERE …]`, all of it harmless. */
export interface SliceableQuery {
  readonly sql: string;
  /** The table as it is written: `[schema, name]` or `[name]`. */
  readonly table: readonly string[];
  /** Whether it is written as `ONLY table`. */
  readonly only: boolean;
  /** What the query calls it. */
  readonly alias: string;
  /** Where in `sql` the table is written, ONLY before it left out; in characters. */
  readonly tableAt: number;
  /** Where the condition begins in `sql`, in characters; null if there is no WHERE. */
  readonly conditionAt: number | null;
  /** What the catalog must know as harmless. */
  readonly uses: NamesInUse;
}

/** Fields of SelectStmt that a sliceable query may have; every other one is a clause that is not. */
const SELECT_FIELDS = new Set(['targetList', 'fromClause', 'whereClause', 'limitOption', 'op']);
const TABLE_FIELDS = new Set([
  'catalogname',
  'schemaname',
  'relname',
  'inh',
  'relpersistence',
  'alias',
  'location',
]);

/**
 * Looks whether a query can be read in slices as far as its text tells; a string says why not. Decided by a whitelist:
 * what is not known to give the same rows in parts as in whole, and the same values over every connection, is refused.
 */
export async function sliceableQuery(sql: string): Promise<SliceableQuery | string> {
  const select = await simpleSelect(sql);
  if (typeof select === 'string') return select;
  const [from, ...others] = nodes(select.fromClause);
  const [kind, table] = from === undefined ? ['', {}] : open(from);
  if (others.length > 0 || kind !== 'RangeVar') return 'it does not read one table';
  if (Object.keys(table).some((name) => !TABLE_FIELDS.has(name)) || table.catalogname)
    return 'its FROM is not a plain table';
  const named = table.alias as NodeFields | undefined;
  if (named?.colnames !== undefined) return 'its FROM renames columns';
  const name = table.relname as string;
  const alias = (named?.aliasname as string | undefined) ?? name;
  const uses = noNames();
  const condition = select.whereClause as ParseNode | undefined;
  for (const node of [...nodes(select.targetList), ...(condition ? [condition] : [])]) {
    const problem = findProblem(node, alias, uses);
    if (problem !== null) return problem;
  }
  const path = table.schemaname === undefined ? [name] : [table.schemaname as string, name];
  const places = await findPlaces(sql, table.location as number, path.length);
  if (typeof places === 'string') return places;
  return { ...places, table: path, only: table.inh !== true, alias, uses };
}

/** The fields of the query's SelectStmt, or why it is none of the form `SELECT … FROM … [WHERE …]`. */
async function simpleSelect(sql: string): Promise<NodeFields | string> {
  const select = await parseSelect(sql);
  if (select === null) return 'its syntax is not known here';
  const clause = Object.keys(select).find((name) => !SELECT_FIELDS.has(name));
  if (clause !== undefined) return `it has a clause (${clause}) that may need all rows at once`;
  return select.op === 'SETOP_NONE' ? select : 'it combines several queries';
}

/**
 * Finds where the table and the condition are written. `TABLE x`, which is short for `SELECT * FROM x` and takes no
 * condition, is written out. A string says why there is no place for a condition.
 */
async function findPlaces(
  sql: string,
  tableByte: number,
  nameParts: number,
): Promise<Pick<SliceableQuery, 'sql' | 'tableAt' | 'conditionAt'> | string> {
  const scanned = await scanSql(sql);
  if (scanned === null) return 'its syntax is not known here';
  const tokens = scanned.tokens.filter(({ tokenName }) => !tokenName.endsWith('COMMENT'));
  const bytes = Buffer.from(sql);
  const at = (byte: number) => bytes.subarray(0, byte).toString().length;
  const first = tokens[0]!;
  if (first.text === '(') return 'it is written in parentheses';
  // A name of n parts has n-1 dots.
  const behind = tokens.findIndex(({ start }) => start === tableByte) + 2 * nameParts - 1;
  if (tokens[behind]?.text === '*') return 'its FROM is not a plain table';
  if (first.text.toUpperCase() === 'TABLE') {
    const [before, after] = [sql.slice(0, at(first.start)), sql.slice(at(first.end))];
    const full = `${before}SELECT * FROM${after}`;
    return { sql: full, tableAt: at(tableByte) + full.length - sql.length, conditionAt: null };
  }
  // Before and in the table's name any word may stand; an alias cannot be called WHERE.
  const where = tokens.slice(behind).find(({ text }) => text.toUpperCase() === 'WHERE');
  return { sql, tableAt: at(tableByte), conditionAt: where === undefined ? null : at(where.end) };
}
