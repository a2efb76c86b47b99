import type { SortingColumn } from '../parquet/options.ts';
import { bytewiseColumns } from '../postgres/bytewise-columns.ts';
import { type OrderedColumn, resultOrder } from '../postgres/result-order.ts';
import type { Session } from '../postgres/session.ts';
import type { DataType } from '../types/kinds.ts';
import type { ColumnDesc } from '../types/pg-type.ts';
import { isCollated, sortsAsStored } from '../types/sort-order.ts';

/** Collations that go by code points wherever they are found. */
const BYTEWISE_COLLATIONS = new Set(['C', 'POSIX', 'pg_catalog.C', 'pg_catalog.POSIX']);
/** Encodings whose order by bytes is that of the same text in UTF-8. */
const ORDERED_ENCODINGS = new Set(['UTF8', 'SQL_ASCII', 'LATIN1']);

/**
 * What the rows are sorted by that a query returns, in the order that Parquet gives the types that its columns are
 * stored as; empty where nothing is known. `encoding` is the server's.
 */
export async function sortingColumns(
  session: Session,
  sql: string,
  columns: readonly ColumnDesc[],
  stored: readonly DataType[],
  encoding: string,
): Promise<readonly SortingColumn[]> {
  const order = await resultOrder(
    sql,
    columns.map(({ name }) => name),
  );
  const bytewise = await bytewiseOrders(session, sql, columns, order);
  const unknown = order.findIndex((ordered) => {
    const { column } = ordered;
    const asBytes = ORDERED_ENCODINGS.has(encoding) && bytewise.has(ordered);
    return !sortsAsStored(columns[column]!.type, stored[column]!, asBytes);
  });
  return order
    .slice(0, unknown < 0 ? order.length : unknown)
    .map(({ column, descending, nullsFirst }) => ({ field: column, descending, nullsFirst }));
}

/** The orders of text that go by code points. */
async function bytewiseOrders(
  session: Session,
  sql: string,
  columns: readonly ColumnDesc[],
  order: readonly OrderedColumn[],
): Promise<ReadonlySet<OrderedColumn>> {
  const text = order.filter(({ column }) => isCollated(columns[column]!.type));
  const asked = text.filter(({ collation }) => collation === null).map(({ column }) => column);
  const bytewise = asked.length > 0 ? await bytewiseColumns(session, sql, columns.length, asked) : new Set();
  return new Set(
    text.filter(({ column, collation }) =>
      collation === null ? bytewise.has(column) : BYTEWISE_COLLATIONS.has(collation),
    ),
  );
}
