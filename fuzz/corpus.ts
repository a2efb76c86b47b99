import { beginPlanned } from '../src/export/begin.ts';
import { resolveConninfo } from '../src/postgres/connect/conninfo.ts';
import { copySql, TRANSPORTS, type Transport } from '../src/postgres/copy-sql.ts';
import { describeQuery } from '../src/postgres/describe.ts';
import { Session } from '../src/postgres/session.ts';
import { rollback } from '../src/postgres/transaction.ts';
import type { Cast, ColumnPlan, PgTypeDesc, ValuePlan } from '../src/types/pg-type.ts';
import { recordCopy } from '../test/support/copy-bytes.ts';
import { type FuzzQuery, QUERIES, SCHEMA } from './queries.ts';
import type { Shape } from './reference.ts';

/** What a real server sent for one query, and what its columns are. Survives JSON. */
export interface Recording {
  readonly name: string;
  readonly transport: Transport;
  readonly columns: readonly ColumnPlan[];
  readonly shapes: readonly Shape[];
  /** From the first message of the answer to ReadyForQuery, in base64. */
  readonly stream: string;
}

const BLOCK_SIZE = 1 << 20;

/** Records the streams of all queries over both transports, in a database that is empty at first. */
export async function recordCorpus(dsn: string): Promise<Recording[]> {
  const session = await Session.open(resolveConninfo({ dsn }), BLOCK_SIZE);
  await session.execute(SCHEMA);
  const recordings: Recording[] = [];
  for (const query of QUERIES) recordings.push(...(await record(session, dsn, query)));
  await session.close();
  return recordings;
}

async function record(
  session: Session,
  dsn: string,
  { name, sql, columnTypes }: FuzzQuery,
): Promise<Recording[]> {
  const { plan } = await beginPlanned(session, { sql, columnTypes }, new Map(), () => {});
  const { query, columns } = plan;
  const described = await describeQuery(session, query);
  await rollback(session);
  const shapes = columns.map(({ value, cast }, i) => shapeOf(described[i]!.type, value, cast));
  const recordings: Recording[] = [];
  for (const transport of TRANSPORTS) {
    const bytes = await recordCopy(dsn, copySql(query, columns, transport));
    recordings.push({ name, transport, columns, shapes, stream: Buffer.from(bytes).toString('base64') });
  }
  return recordings;
}

/** What is sent of a type: its own form, or the text that the server casts it to. */
function shapeOf(type: PgTypeDesc, plan: ValuePlan, cast: Cast | null): Shape {
  const { shape } = type;
  if (cast?.to === 'text') return { kind: 'scalar', name: 'text', type: plan.type };
  if (shape.kind === 'domain') return shapeOf(shape.base, plan, cast);
  if (shape.kind === 'array' && plan.kind === 'list') {
    const { dimensions, isVector } = plan;
    const element = shapeOf(shape.element, plan.element, cast?.to === 'textArray' ? { to: 'text' } : null);
    return { kind: 'list', element, dimensions, lowerBound: isVector ? 0 : 1 };
  }
  if (shape.kind === 'composite' && plan.kind === 'struct') {
    const casts = cast?.to === 'row' ? cast.members.map((member) => member.cast) : [];
    return {
      kind: 'struct',
      members: shape.members.map((member, i) => shapeOf(member.type, plan.members[i]!, casts[i] ?? null)),
    };
  }
  return { kind: 'scalar', name: shape.kind === 'enum' ? 'text' : type.name, type: plan.type };
}
