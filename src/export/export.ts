import { arrowSchemaKey } from '../parquet/arrow-schema.ts';
import { ParquetFileWriter } from '../parquet/file-writer.ts';
import { resolveConninfo } from '../postgres/conninfo.ts';
import { queryError } from '../postgres/server-error.ts';
import { serverFacts } from '../postgres/server-facts.ts';
import { type BackendKey, Session } from '../postgres/session.ts';
import { beginExport } from '../postgres/transaction.ts';
import { openSink } from '../sink/open.ts';
import type { Sink } from '../sink/sink.ts';
import type { ArrowTypeOverrides } from '../types/resolve.ts';
import { VERSION } from '../version.ts';
import { fileMetadata } from './file-metadata.ts';
import type { JobResult } from './job.ts';
import { JobThread } from './job-thread.ts';
import type { ExportOptions, ExportSummary } from './options.ts';
import { type ExportPlan, planExport } from './plan.ts';
import { type ExportSettings, exportSettings } from './settings.ts';
import { aborted, cancelQueries, STOP_LIMIT_MS, within } from './stopping.ts';

/**
 * Exports the result of a query to a Parquet file. The file appears at its final name whole, or not at all.
 *
 * `overrides` asks for other Arrow types than the default ones. Throws `ExportError`; by then the query is cancelled
 * on the server and nothing is left of the output.
 */
export async function exportToParquet(
  options: ExportOptions,
  overrides: ArrowTypeOverrides = new Map(),
): Promise<ExportSummary> {
  const settings = exportSettings(options);
  if (options.signal?.aborted) throw aborted(options.signal);
  const sink = await openSink(options.out);
  try {
    return await new Export(options, settings, overrides, sink).run();
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

/** One export, from the connection to the published file. */
class Export {
  readonly #options: ExportOptions;
  readonly #settings: ExportSettings;
  readonly #overrides: ArrowTypeOverrides;
  readonly #sink: Sink;
  readonly #started = performance.now();
  #session: Session | null = null;
  #job: JobThread | null = null;
  #backend: BackendKey | null = null;
  /** Set when the export has failed or was aborted: nothing new is started then. */
  #failed = false;

  constructor(options: ExportOptions, settings: ExportSettings, overrides: ArrowTypeOverrides, sink: Sink) {
    this.#options = options;
    this.#settings = settings;
    this.#overrides = overrides;
    this.#sink = sink;
  }

  async run(): Promise<ExportSummary> {
    const aborted = rejectOnAbort(this.#options.signal);
    const exported = this.#export();
    try {
      return await Promise.race([exported, aborted.promise]);
    } catch (error) {
      this.#failed = true;
      const settled = exported.catch(() => {});
      await within(
        STOP_LIMIT_MS,
        this.#stop().then(() => settled),
      );
      throw error;
    } finally {
      aborted.dispose();
    }
  }

  async #export(): Promise<ExportSummary> {
    const { onLog = () => {}, connection = {}, out } = this.#options;
    const { blockSize, transport } = this.#settings;
    const session = await Session.open(resolveConninfo(connection), blockSize, this.#options.signal);
    this.#session = session;
    if (this.#failed) session.destroy();
    const snapshot = await beginExport(session).catch((error) => {
      throw queryError(error, 'query');
    });
    const facts = await serverFacts(session);
    const plan = await planExport(session, facts, this.#options, transport, this.#overrides);
    onLog(`reading over one connection: ${plan.copySql}`);
    const writer = new ParquetFileWriter(this.#sink, plan.fields, {
      ...this.#settings.parquet,
      keyValueMetadata: {
        'ARROW:schema': await arrowSchemaKey(plan.fields),
        ...fileMetadata(plan, facts),
      },
      createdBy: `ddpp version ${VERSION}`,
    });
    const { unrepresentable } = await this.#runJob(session, snapshot, plan, writer);
    const { rows, rowGroups, bytes } = await writer.finish();
    await this.#sink.close();
    await session.close();
    return {
      out,
      rows,
      rowGroups,
      fileBytes: bytes,
      unrepresentable,
      elapsedMs: performance.now() - this.#started,
    };
  }

  async #runJob(
    session: Session,
    snapshot: string,
    plan: ExportPlan,
    writer: ParquetFileWriter,
  ): Promise<JobResult> {
    const { onProgress = () => {}, onTempFile = () => {} } = this.#options;
    const { columns, fields, copySql, estimatedRows } = plan;
    const tempFile = this.#settings.tempFile;
    this.#job = new JobThread(
      {
        conninfo: session.pinned,
        snapshot,
        copySql,
        columns,
        fields,
        onUnrepresentable: this.#options.onUnrepresentable ?? 'error',
        ...this.#settings,
      },
      {
        onStarted: (backend) => {
          this.#backend = backend;
          if (tempFile !== null) onTempFile(tempFile);
        },
        onProgress: (rows, bytesReceived) =>
          onProgress({ rows, bytesReceived, estimatedRows, elapsedMs: performance.now() - this.#started }),
        writeRowGroup: (rowGroup) => writer.writeRowGroup(rowGroup),
      },
    );
    const result = await this.#job.done;
    await this.#job.stop();
    return result;
  }

  /** Cancels what runs on the server and closes all connections; best effort, and within a limit of time. */
  async #stop(): Promise<void> {
    const session = this.#session;
    if (session !== null) {
      const backends = [session.backend, this.#backend].filter((backend) => backend !== null);
      await cancelQueries(session.pinned, backends);
    }
    await this.#job?.stop();
    session?.destroy();
  }
}

/** A promise that rejects when the signal fires; `dispose` stops listening. */
function rejectOnAbort(signal: AbortSignal | undefined): { promise: Promise<never>; dispose(): void } {
  let onAbort = () => {};
  const promise = new Promise<never>((_, reject) => {
    onAbort = () => reject(aborted(signal));
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
  });
  return { promise, dispose: () => signal?.removeEventListener('abort', onAbort) };
}
