import { copySql, type Transport } from '../postgres/copy-sql.ts';
import type { Session } from '../postgres/session.ts';
import { planSlices } from '../postgres/slices/slices.ts';
import type { Part } from './job.ts';
import type { ExportPlan } from './plan.ts';

/** The COPYs that give the result together, and over how many connections they are read. */
export interface Parts {
  readonly jobs: number;
  readonly parts: readonly Part[];
  /** Why or how, in words for a detailed log. */
  readonly reason: string;
}

/** Divides a query into slices where that is safe and pays; otherwise it is one part. */
export async function divide(
  session: Session,
  { query, columns }: ExportPlan,
  transport: Transport,
  maxJobs: number,
): Promise<Parts> {
  const whole: Part = { copySql: copySql(query, columns, transport), label: null };
  if (maxJobs === 1) return { jobs: 1, parts: [whole], reason: 'one connection is asked for' };
  const sliced = await planSlices(session, query, maxJobs);
  if (typeof sliced === 'string')
    return { jobs: 1, parts: [whole], reason: `over one connection: ${sliced}` };
  const parts = Array.from({ length: sliced.count }, (_, slice) => ({
    copySql: copySql(sliced.sql(slice), columns, transport),
    label: sliced.describe(slice),
  }));
  return { jobs: sliced.jobs, parts, reason: `over ${sliced.jobs} connections in ${parts.length} slices` };
}
