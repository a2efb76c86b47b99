import { copySql, type Transport } from '../postgres/copy-sql.ts';
import { isRepeatable } from '../postgres/repeatable.ts';
import { queryError } from '../postgres/server-error.ts';
import type { Session } from '../postgres/session.ts';
import { planSlices } from '../postgres/slices/slices.ts';
import type { Part } from './jobs/part.ts';
import { jobsWithin } from './memory.ts';
import type { ExportPlan } from './plan.ts';

/** The COPYs that give the result together, and over how many connections they are read. */
export interface Parts {
  readonly jobs: number;
  readonly parts: readonly Part[];
  /** Why or how, in words for a detailed log. */
  readonly reason: string;
}

/** Divides a query into slices where that is safe and pays, and memory suffices for several jobs; otherwise it is one part. `asked`: the user gave the number of jobs. Throws `ExportError`. */
export async function divide(
  session: Session,
  plan: ExportPlan,
  limits: Limits,
  asked: boolean,
): Promise<Parts> {
  try {
    return await dividePlanned(session, plan, limits, asked);
  } catch (error) {
    throw queryError(error, 'plan');
  }
}

interface Limits {
  readonly transport: Transport;
  readonly jobs: number;
  readonly maxMemory: number;
}

async function dividePlanned(
  session: Session,
  { query, columns }: ExportPlan,
  { transport, jobs, maxMemory }: Limits,
  asked: boolean,
): Promise<Parts> {
  const whole = { copySql: copySql(query, columns, transport), label: null };
  const single = async (reason: string): Promise<Parts> => {
    const repeatable = await isRepeatable(session, query);
    return { jobs: 1, parts: [{ ...whole, repeatable }], reason };
  };
  if (jobs === 1) return single('over the one connection that is asked for');
  const most = jobsWithin(maxMemory, columns.length);
  if (most === 1)
    return single(`over one connection: for ${columns.length} columns --max-memory suffices for one only`);
  const sliced = await planSlices(session, query, { most: Math.min(jobs, most), asked });
  if (typeof sliced === 'string') return single(`over one connection: ${sliced}`);
  const parts = Array.from({ length: sliced.count }, (_, slice) => ({
    copySql: copySql(sliced.sql(slice), columns, transport),
    label: sliced.describe(slice),
    repeatable: true,
  }));
  return { jobs: sliced.jobs, parts, reason: `over ${sliced.jobs} connections in ${parts.length} slices` };
}
