import { ExportError } from '../errors.ts';
import { copySql, type Transport } from '../postgres/copy-sql.ts';
import { describeQuery, estimateRows } from '../postgres/describe.ts';
import type { Session } from '../postgres/session.ts';
import { singleQuery } from '../postgres/statement.ts';
import type { Field } from '../types/kinds.ts';
import type { ColumnDesc, ColumnPlan } from '../types/pg-type.ts';
import { type ArrowTypeOverrides, planColumn } from '../types/plan-column.ts';

/** What will be exported: decided before the first row, plain data. */
export interface ExportPlan {
  readonly columns: readonly ColumnPlan[];
  readonly fields: readonly Field[];
  readonly copySql: string;
  /** Rows that the planner expects; null if it does not say. */
  readonly estimatedRows: number | null;
}

/** Plans the export of a query within the session's transaction. Throws `ExportError` (`query`, `unsupported`). */
export async function planExport(
  session: Session,
  sql: string,
  transport: Transport,
  overrides: ArrowTypeOverrides,
): Promise<ExportPlan> {
  const query = await singleQuery(sql);
  const described = await describeQuery(session, query);
  checkNames(described);
  const columns = described.map((column) => planColumn(column, overrides));
  return {
    columns,
    fields: columns.map(fieldOf),
    copySql: copySql(query, columns, transport),
    estimatedRows: await estimateRows(session, query),
  };
}

/** The column in the file. Everything from Postgres may be null: NOT NULL is not known of a query's result. */
function fieldOf(column: ColumnPlan): Field {
  return {
    name: column.name,
    type: column.type,
    nullable: true,
    metadata: { 'postgres:type': column.pgType },
  };
}

/** Readers find columns by name, many of them ignoring case. */
function checkNames(columns: readonly ColumnDesc[]): void {
  if (columns.length === 0) {
    throw new ExportError('unsupported', 'the query returns rows without columns', {
      stage: 'plan',
      hint: 'select at least one column',
    });
  }
  const seen = new Map<string, string>();
  for (const { name } of columns) {
    const key = name.toLowerCase();
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      const pair = earlier === name ? `two columns named ${name}` : `columns named ${earlier} and ${name}`;
      throw new ExportError('unsupported', `the query returns ${pair}`, {
        stage: 'plan',
        column: name,
        hint: 'give each column a name of its own with AS',
      });
    }
    seen.set(key, name);
  }
}
