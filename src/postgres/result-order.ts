import { type NodeFields, nameParts, nodes, open, type ParseNode } from './slices/parse-tree.ts';
import { parseSelect } from './sql-parser.ts';

/** One column of a query's result that its ORDER BY names. */
export interface OrderedColumn {
  /** Index in the result. */
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  /** The collation that ORDER BY names, such as `C` or `pg_catalog.C`; null for the column's own. */
  readonly collation: string | null;
}

/**
 * The columns that a query's result is sorted by, as far as its text tells: the beginning of its ORDER BY, up to the
 * first part that is no column of the result. `names` are the result's. Empty for SQL that the parser does not know.
 */
export async function resultOrder(sql: string, names: readonly string[]): Promise<readonly OrderedColumn[]> {
  const select = await parseSelect(sql);
  if (select === null) return [];
  const ordered: OrderedColumn[] = [];
  for (const { SortBy } of nodes(select.sortClause)) {
    const column = SortBy === undefined ? null : orderedColumn(SortBy, select, names);
    if (column === null) break;
    ordered.push(column);
  }
  return ordered;
}

function orderedColumn(
  sortBy: NodeFields,
  select: NodeFields,
  names: readonly string[],
): OrderedColumn | null {
  const node = sortBy.node as ParseNode;
  const collate = node.CollateClause;
  const collation = collate === undefined ? null : nameParts(collate.collname);
  if (collate !== undefined && collation === null) return null;
  const column =
    collate === undefined
      ? (outputColumn(node, names) ?? expressionColumn(node, select, names))
      : expressionColumn(collate.arg as ParseNode, select, names);
  const descending = sortBy.sortby_dir === 'SORTBY_DESC';
  if (column === null || !(descending || ['SORTBY_DEFAULT', 'SORTBY_ASC'].includes(`${sortBy.sortby_dir}`))) {
    return null;
  }
  const nullsFirst =
    sortBy.sortby_nulls === 'SORTBY_NULLS_FIRST' ||
    (descending && sortBy.sortby_nulls === 'SORTBY_NULLS_DEFAULT');
  return { column, descending, nullsFirst, collation: collation?.join('.') ?? null };
}

/** A bare name is first of all one of the result's, and a bare number a place in it ("ORDER BY Clause"). */
function outputColumn(node: ParseNode, names: readonly string[]): number | null {
  const constant = node.A_Const as { ival?: { ival?: number } } | undefined;
  if (constant?.ival !== undefined) return (constant.ival.ival ?? 0) - 1;
  const name = bareName(node);
  return name === null ? null : uniqueIndex(names, name);
}

/** Anything else is an expression over what the query reads: one that is also a column of the result, or none. */
function expressionColumn(node: ParseNode, select: NodeFields, names: readonly string[]): number | null {
  const targets = nodes(select.targetList).map((target) => target.ResTarget?.val as ParseNode);
  if (targets.length === 1 && isStar(targets[0]!)) {
    const name = bareName(node);
    return name === null ? null : uniqueIndex(names, name);
  }
  if (targets.some(isStar)) return null;
  const wanted = withoutLocations(node);
  const column = targets.findIndex((target) => withoutLocations(target) === wanted);
  return column < 0 ? null : column;
}

function bareName(node: ParseNode): string | null {
  const parts = node.ColumnRef === undefined ? null : nameParts(node.ColumnRef.fields);
  return parts?.length === 1 ? parts[0]! : null;
}

function isStar(node: ParseNode): boolean {
  const [kind, { fields }] = open(node);
  return kind === 'ColumnRef' && nodes(fields).some((part) => part.A_Star !== undefined);
}

function uniqueIndex(names: readonly string[], name: string): number | null {
  const index = names.indexOf(name);
  return index >= 0 && names.lastIndexOf(name) === index ? index : null;
}

function withoutLocations(node: ParseNode): string {
  return JSON.stringify(node, (key, value) => (key === 'location' ? undefined : value));
}
