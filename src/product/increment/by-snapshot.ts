import { ExportError } from '../../errors.ts';
import { quoteIdentifier } from '../../postgres/copy-sql.ts';
import type { Session } from '../../postgres/session.ts';
import { tableFacts } from '../../postgres/slices/catalog.ts';
import { type SliceableQuery, sliceableQuery } from '../../postgres/slices/sliceable-query.ts';
import type { ExportConfig } from '../config/config.ts';
import type { CurrentSnapshot } from './increment.ts';
import { backingConstraint, checkKeyTypes, type KeyColumn, keyColumns } from './key.ts';
import { type RelationFacts, relationFacts } from './relation.ts';
import { writtenSince } from './snapshot-age.ts';
import { basisOf, type IncrementSource, withCondition } from './source.ts';

/** Functions must be immutable: what a stable one gives may be another value in another run. */
const NO_STABLE_FUNCTIONS: readonly string[] = [];
/** System columns that say something else when nobody has written the row. */
const MOVING_COLUMNS = ['cmax', 'cmin', 'ctid', 'xmax'];

/**
 * Increments by the transactions that wrote the rows. Exact, and so only for queries in which a row of the result is made
 * of one row of one table and nothing else. Throws `ExportError` for other ones.
 */
export async function snapshotSource(
  session: Session,
  sql: string,
  exportConfig: ExportConfig,
  current: CurrentSnapshot,
): Promise<IncrementSource> {
  const { name } = exportConfig;
  const query = await sliceableQuery(sql);
  if (typeof query === 'string') throw refused(name, query);
  const moving = MOVING_COLUMNS.find((column) => query.uses.columns.has(column));
  if (moving !== undefined) throw refused(name, `it reads the system column ${moving}`);
  const columns = await keyColumns(session, sql, exportConfig.increment!.key);
  const facts = await relationOf(session, query, name);
  const { relation, statisticsReset } = facts;
  checkKeyColumns(name, columns, facts);
  checkKeyTypes(exportConfig, columns);
  const keyConstraint = await backingConstraint(session, relation.oid, columns);
  return {
    increment: {
      by: 'snapshot',
      ...basisOf(exportConfig, current),
      keyConstraint,
      statisticsReset: [...statisticsReset],
      relation,
    },
    keysSql: keysOf(query, columns, facts),
    keyIsBacked: keyConstraint !== null,
    changesSince: async ({ manifest }) => {
      const table = quoteIdentifier(query.alias);
      const { pgSnapshot } = current.snapshot;
      return withCondition(query, writtenSince(manifest.snapshot.pgSnapshot, pgSnapshot, table));
    },
  };
}

async function relationOf(session: Session, query: SliceableQuery, name: string): Promise<RelationFacts> {
  const allowed = await tableFacts(session, query, NO_STABLE_FUNCTIONS);
  if (typeof allowed === 'string') throw refused(name, allowed);
  const facts = await relationFacts(session, query);
  if (facts === null) throw refused(name, 'its table is not found by name');
  if (facts.problem !== null) throw refused(name, facts.problem);
  return facts;
}

function checkKeyColumns(name: string, columns: readonly KeyColumn[], { relation }: RelationFacts): void {
  const computed = columns.find(({ table, number }) => String(table) !== relation.oid || number <= 0);
  if (computed === undefined) return;
  throw new ExportError('unsupported', `the key of ${name} names what is no column of its table`, {
    stage: 'plan',
    column: computed.name,
    hint: 'name columns that the query selects from the table as they are',
  });
}

/** The keys of all rows: the query with another select list. */
function keysOf(query: SliceableQuery, columns: readonly KeyColumn[], { relation }: RelationFacts): string {
  const { sql, table, only, alias, conditionAt } = query;
  const own = quoteIdentifier(alias);
  const list = columns.map(({ name, number }) => {
    const column = relation.columns.find((each) => each.number === number)!;
    return `${own}.${quoteIdentifier(column.name)} AS ${quoteIdentifier(name)}`;
  });
  const from = `${only ? 'ONLY ' : ''}${table.map(quoteIdentifier).join('.')} AS ${own}`;
  const where = conditionAt === null ? '' : `\nWHERE ${sql.slice(conditionAt)}`;
  return `SELECT ${list.join(', ')} FROM ${from}${where}`;
}

function refused(name: string, problem: string): ExportError {
  return new ExportError('unsupported', `increments of ${name} by snapshot cannot be exact: ${problem}`, {
    stage: 'plan',
    hint: 'give a query over one table with a WHERE of its own columns, increment by column, or leave out increment',
  });
}
