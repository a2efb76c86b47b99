import { quoteIdentifier } from '../copy-sql.ts';
import type { Session } from '../session.ts';
import { type TableFacts, tableFacts } from './catalog.ts';
import { type SliceableQuery, sliceableQuery } from './sliceable-query.ts';

/** The first version with TID range scans (release notes of 14); before it a range of ctid reads the whole table. */
const FIRST_VERSION = 140_000;
/**
 * Blocks of a slice. Before it asks for the next one a connection takes what is on its way, for which the server waits: a
 * third of a second in all on a table of 50,000 blocks in slices of 2,048 (measured). So they are large, and small at the
 * end, where all connections shall be done together.
 */
const MAX_SLICE_BLOCKS = 16_384;
const MIN_SLICE_BLOCKS = 64;
/** The smallest slices are this part of a connection's share, at most as many blocks. */
const LAST_SLICES = 1 / 32;
const MAX_LAST_SLICE_BLOCKS = 512;
/** Blocks for each connection at least. */
const LEAST_BLOCKS_PER_JOB = 128;
/**
 * The same where nobody asked for a number of connections: to start a thread and a connection costs as much as to read
 * some ten thousand blocks (measured), most of it beside the first one's work.
 */
const PAYING_BLOCKS_PER_JOB = 4_096;

/** A query to be read in slices: half-open ranges of the table's blocks, of which the last has no end. */
export interface SlicedQuery {
  /** How many connections pay. */
  readonly jobs: number;
  readonly count: number;
  /** The query of one slice, 0 … count-1. */
  sql(slice: number): string;
  /** What a slice covers, for messages. */
  describe(slice: number): string;
}

/** How many connections a query may be read over. */
export interface Connections {
  readonly most: number;
  /** Whether they are asked for; otherwise a small table is read over fewer. */
  readonly asked: boolean;
}

/**
 * Decides whether a query can be read in slices over several connections that share the session's snapshot; a string
 * says why not. The slices together give each row of the query once.
 */
export async function planSlices(
  session: Session,
  sql: string,
  { most, asked }: Connections,
): Promise<SlicedQuery | string> {
  const query = await sliceableQuery(sql);
  if (typeof query === 'string') return query;
  const [server] = await session.query<{ version: string }>(
    "SELECT pg_catalog.current_setting('server_version_num') AS version",
  );
  if (Number(server!.version) < FIRST_VERSION) return 'the server is older than version 14';
  const facts = await tableFacts(session, query);
  if (typeof facts === 'string') return facts;
  const blocksPerJob = asked ? LEAST_BLOCKS_PER_JOB : PAYING_BLOCKS_PER_JOB;
  const jobs = Math.min(most, Math.floor(facts.totalBlocks / blocksPerJob));
  if (jobs < 2) return 'its table is small';
  const problem = await unlessRefused(session, () => scanProblem(session, query, facts));
  if (problem !== null) return problem;
  return slicedQuery(query, facts, jobs);
}

function slicedQuery(query: SliceableQuery, facts: TableFacts, jobs: number): SlicedQuery {
  const starts = sliceStarts(facts.largestBlocks, jobs);
  const count = starts.length;
  const bounds = (slice: number) => [starts[slice]!, starts[slice + 1] ?? null] as const;
  return {
    jobs,
    count,
    sql: (slice) => withRange(query, facts, ...bounds(slice)),
    describe: (slice) => {
      const [from, to] = bounds(slice);
      return `slice ${slice + 1} of ${count}, blocks from ${from}${to === null ? '' : ` to ${to - 1}`}`;
    },
  };
}

/** Where the slices begin: each has half of a connection's share of what is left. */
function sliceStarts(blocks: number, jobs: number): number[] {
  const last = Math.min(MAX_LAST_SLICE_BLOCKS, Math.ceil((blocks / jobs) * LAST_SLICES));
  const least = Math.max(MIN_SLICE_BLOCKS, last);
  const starts = [0];
  for (let at = 0; ; ) {
    at += Math.min(MAX_SLICE_BLOCKS, Math.max(least, Math.ceil((blocks - at) / (2 * jobs))));
    if (at >= blocks) return starts;
    starts.push(at);
  }
}

/**
 * FROM stays as written, and so does what privileges and column order follow from; the condition is added to. The
 * tables are those of now: no lock keeps others from being attached as partitions or children between two slices, which
 * would be read in part then.
 */
function withRange(query: SliceableQuery, facts: TableFacts, from: number, to: number | null): string {
  const { sql, alias, tableAt, conditionAt } = query;
  const own = quoteIdentifier(alias);
  const range = [
    `${own}.ctid >= '(${from},0)'::pg_catalog.tid`,
    ...(to === null ? [] : [`${own}.ctid < '(${to},0)'::pg_catalog.tid`]),
    ...(facts.partitions === null
      ? []
      : [`${own}.tableoid = ANY ('{${facts.partitions}}'::pg_catalog.oid[])`]),
  ].join(' AND ');
  const only = facts.mayInherit && !query.only ? 'ONLY ' : '';
  const table = `${sql.slice(0, tableAt)}${only}`;
  if (conditionAt === null) return `${table}${sql.slice(tableAt)}\nWHERE ${range}`;
  return `${table}${sql.slice(tableAt, conditionAt)} (${sql.slice(conditionAt)}\n) AND ${range}`;
}

/** A server that refuses to plan a slice (a role may lack the privilege to see ctid) does not end the transaction. */
async function unlessRefused(
  session: Session,
  attempt: () => Promise<string | null>,
): Promise<string | null> {
  await session.execute('SAVEPOINT slices');
  try {
    const problem = await attempt();
    await session.execute('RELEASE SAVEPOINT slices');
    return problem;
  } catch (error) {
    await session.execute('ROLLBACK TO SAVEPOINT slices');
    return `the server refuses to read ranges of its table (${error instanceof Error ? error.message : error})`;
  }
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly Plans?: readonly PlanNode[];
}

/** An index that the planner would use is left to one connection; each slice must read its own blocks only. */
async function scanProblem(
  session: Session,
  query: SliceableQuery,
  facts: TableFacts,
): Promise<string | null> {
  const whole = leafKinds(await explain(session, query.sql));
  if (whole.some((kind) => kind !== 'Seq Scan' && kind !== 'Result'))
    return 'the planner does not read its whole table';
  const slice = leafKinds(await explain(session, withRange(query, facts, 0, 1)));
  if (slice.some((kind) => kind !== 'Tid Range Scan' && kind !== 'Result'))
    return 'the planner does not read ranges of its table';
  return null;
}

async function explain(session: Session, sql: string): Promise<PlanNode> {
  const [row] = await session.query<{ 'QUERY PLAN': string }>(`EXPLAIN (FORMAT JSON) ${sql}`);
  return (JSON.parse(row!['QUERY PLAN']) as { Plan: PlanNode }[])[0]!.Plan;
}

function leafKinds(plan: PlanNode): string[] {
  return plan.Plans === undefined ? [plan['Node Type']] : plan.Plans.flatMap(leafKinds);
}
