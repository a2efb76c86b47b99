import { beginStable } from '../../export/begin.ts';
import type { ExportOptions } from '../../export/options.ts';
import { divide } from '../../export/parts.ts';
import { type ExportPlan, planExport } from '../../export/plan.ts';
import { type ExportSettings, exportSettings } from '../../export/settings.ts';
import type { PlannedExport } from '../../export/write-planned.ts';
import type { ServerFacts } from '../../postgres/server-facts.ts';
import type { Session } from '../../postgres/session.ts';
import { ofExport } from './of-export.ts';

/** A file that a run is to write. */
export interface FileRequest {
  /** The export that it belongs to, for messages. */
  readonly name: string;
  readonly options: ExportOptions;
}

/** The same, planned in the run's snapshot. */
export interface PlannedFile<Request extends FileRequest> {
  readonly request: Request;
  readonly planned: PlannedExport;
}

/** What `planFiles` has planned. */
export interface PlannedFiles<Request extends FileRequest, Rest> {
  readonly facts: ServerFacts;
  readonly files: readonly PlannedFile<Request>[];
  readonly rest: Rest;
}

/**
 * Opens a transaction whose snapshot all files are to be read in, and plans them within it; whatever else `request` asks
 * there is given back as `rest`. It may be called again, where a table was changed meanwhile. Throws `ExportError`.
 */
export async function planFiles<Request extends FileRequest, Rest>(
  session: Session,
  request: (facts: ServerFacts) => Promise<{ readonly requests: readonly Request[]; readonly rest: Rest }>,
  onLog: (line: string) => void,
): Promise<PlannedFiles<Request, Rest>> {
  const { snapshot, facts, planned } = await beginStable(
    session,
    async (known) => {
      const { requests, rest } = await request(known);
      const plans: Decided<Request>[] = [];
      for (const each of requests) {
        plans.push(await decided(session, known, each).catch(ofExport(each.name)));
      }
      return { plans, rest };
    },
    onLog,
  );
  const files: PlannedFile<Request>[] = [];
  for (const { request: each, settings, plan } of planned.plans) {
    const { options } = each;
    const parts = await divide(session, plan, settings, options.jobs !== undefined).catch(
      ofExport(each.name),
    );
    const shared = { ...snapshot, query: plan.query };
    files.push({ request: each, planned: { options, settings, snapshot: shared, facts, plan, parts } });
  }
  return { facts, files, rest: planned.rest };
}

interface Decided<Request> {
  readonly request: Request;
  readonly settings: ExportSettings;
  readonly plan: ExportPlan;
}

async function decided<Request extends FileRequest>(
  session: Session,
  facts: ServerFacts,
  request: Request,
): Promise<Decided<Request>> {
  const settings = exportSettings(request.options);
  return { request, settings, plan: await planExport(session, facts, request.options, new Map()) };
}
