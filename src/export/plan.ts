import { ExportError } from '../errors.ts';
import type { SortingColumn } from '../parquet/options.ts';
import { describeQuery, describeTable, estimateRows } from '../postgres/describe.ts';
import type { ServerFacts } from '../postgres/server-facts.ts';
import type { Session } from '../postgres/session.ts';
import { singleQuery } from '../postgres/statement.ts';
import type { DataType, Field } from '../types/kinds.ts';
import type { ColumnDesc, ColumnPlan } from '../types/pg-type.ts';
import { planColumn } from '../types/plan-column.ts';
import type { ArrowTypeOverrides } from '../types/resolve.ts';
import { distinctNames } from './column-names.ts';
import type { QueryOptions } from './options.ts';
import { sortingColumns } from './sorting-columns.ts';
import { columnTypesOption, numericOption } from './type-options.ts';

/** What will be exported: decided before the first row, plain data. */
export interface ExportPlan {
  /** The user's query, without what surrounds it. */
  readonly query: string;
  readonly columns: readonly ColumnPlan[];
  readonly fields: readonly Field[];
  /** What the rows come sorted by if they are read over one connection. */
  readonly sortingColumns: readonly SortingColumn[];
  /** The comment on the one table that all columns come from; null for none. */
  readonly tableComment: string | null;
  /** Rows that the planner expects; null if it does not say. */
  readonly estimatedRows: number | null;
}

/** Plans the export of a query within the session's transaction. Throws `ExportError` (`query`, `unsupported`). */
export async function planExport(
  session: Session,
  facts: ServerFacts,
  options: QueryOptions,
  overrides: ArrowTypeOverrides,
): Promise<ExportPlan> {
  const query = await singleQuery(options.sql);
  const described = await describeQuery(session, query);
  const named = distinctNames(described, options.duplicateColumns ?? 'error');
  const wanted = columnTypesOption(options);
  checkWanted(named, wanted);
  const settings = {
    overrides,
    numeric: numericOption(options),
    checkUtf8: facts.encoding === 'SQL_ASCII',
  };
  const columns = named.map((column) => planColumn(column, settings, wanted.get(column.name)));
  const fields = columns.map(fieldOf);
  return {
    query,
    columns,
    fields,
    sortingColumns: await sortingOf(session, query, described, fields, facts, options),
    tableComment: await describeTable(session, described),
    estimatedRows: await estimateRows(session, query),
  };
}

/** Values that become null are where they were, not where nulls are sorted. */
async function sortingOf(
  session: Session,
  query: string,
  columns: readonly ColumnDesc[],
  fields: readonly Field[],
  facts: ServerFacts,
  options: QueryOptions,
): Promise<readonly SortingColumn[]> {
  if (options.onUnrepresentable === 'null') return [];
  const stored = fields.map(({ type }) => type);
  return sortingColumns(session, query, columns, stored, facts.encoding);
}

/** The column in the file. Everything from Postgres may be null: NOT NULL is not known of a query's result. */
function fieldOf({ name, pgType, comment, value }: ColumnPlan): Field {
  const metadata = { 'postgres:type': pgType, ...(comment === null ? {} : { comment }) };
  return { name, type: value.type, nullable: true, metadata };
}

function checkWanted(columns: readonly ColumnDesc[], wanted: ReadonlyMap<string, DataType>): void {
  const names = new Set(columns.map(({ name }) => name));
  for (const name of wanted.keys()) {
    if (names.has(name)) continue;
    throw new ExportError('unsupported', `the query returns no column ${name}, for which a type is asked`, {
      stage: 'plan',
      column: name,
      hint: `its columns are ${[...names].slice(0, 20).join(', ')}${names.size > 20 ? ', …' : ''}`,
    });
  }
}
