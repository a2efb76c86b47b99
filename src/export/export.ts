import { ParquetFileWriter } from '../parquet/file/file-writer.ts';
import { arrowSchemaKey } from '../parquet/schema/arrow-schema.ts';
import { resolveConninfo } from '../postgres/connect/conninfo.ts';
import type { ServerFacts } from '../postgres/server-facts.ts';
import { Session } from '../postgres/session.ts';
import { openSink } from '../sink/open.ts';
import type { Sink } from '../sink/sink.ts';
import type { ArrowTypeOverrides } from '../types/resolve.ts';
import { VERSION } from '../version.ts';
import { type BegunExport, beginPlanned } from './begin.ts';
import { fileMetadata } from './file-metadata.ts';
import { Jobs, type JobsTask } from './jobs.ts';
import { memoryShares, spareCompilerMemory } from './memory.ts';
import type { ExportOptions, ExportSummary } from './options.ts';
import { divide, type Parts } from './parts.ts';
import type { ExportPlan } from './plan.ts';
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
  #jobs: Jobs | null = null;
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
    const { blockSize } = this.#settings;
    const conninfo = resolveConninfo(connection);
    const jobs = new Jobs();
    this.#jobs = jobs;
    const session = await Session.open(conninfo, blockSize, this.#options.signal);
    this.#session = session;
    if (this.#failed) session.destroy();
    const begun = await beginPlanned(session, this.#options, this.#overrides, onLog);
    const { plan, facts } = begun;
    const parts = await divide(session, plan, this.#settings, this.#options.jobs !== undefined);
    onLog(`reading ${parts.reason}: ${parts.parts[0]!.copySql}`);
    const running = jobs.run(
      session,
      this.#task(begun, parts, () => writing),
    );
    // The Arrow schema takes apache-arrow, which is loaded while the connections of the jobs are being made.
    const writing = this.#createWriter(plan, facts);
    const [{ unrepresentable }, writer] = await Promise.all([running, writing]);
    const { rows, rowGroups, bytes } = await writer.finish();
    await this.#sink.close();
    await session.close();
    const elapsedMs = performance.now() - this.#started;
    return { out, rows, rowGroups, jobs: parts.jobs, fileBytes: bytes, unrepresentable, elapsedMs };
  }

  async #createWriter(plan: ExportPlan, facts: ServerFacts): Promise<ParquetFileWriter> {
    return new ParquetFileWriter(this.#sink, plan.fields, {
      ...this.#settings.parquet,
      keyValueMetadata: {
        'ARROW:schema': await arrowSchemaKey(plan.fields),
        ...fileMetadata(plan, facts),
      },
      // A query with ORDER BY is never read in slices.
      sortingColumns: plan.sortingColumns,
      createdBy: `ddpp version ${VERSION}`,
    });
  }

  #task(
    { snapshot, plan }: BegunExport,
    { jobs, parts }: Parts,
    writing: () => Promise<ParquetFileWriter>,
  ): JobsTask {
    const { onProgress = () => {}, onTempFile = () => {}, onLog = () => {} } = this.#options;
    const { transport, tempFile, parquet, rowGroupSize, pageRows, maxMemory, blockSize } = this.#settings;
    const { columns, fields, estimatedRows } = plan;
    const memory = memoryShares(maxMemory, jobs, columns.length);
    spareCompilerMemory(columns.length);
    return {
      plan: {
        transport,
        tempFile,
        columns,
        fields,
        parquet: { ...parquet, dictionaryMemory: memory.dictionaries },
        rowGroupLimits: { rows: rowGroupSize, pageRows, bytes: memory.rowGroup },
        onUnrepresentable: this.#options.onUnrepresentable ?? 'error',
      },
      jobs,
      parts,
      snapshot,
      blockSize: Math.min(blockSize, jobs * memory.row),
      onStarted: () => {
        if (tempFile !== null) onTempFile(tempFile);
      },
      onProgress: (rows, bytesReceived) =>
        onProgress({ rows, bytesReceived, estimatedRows, elapsedMs: performance.now() - this.#started }),
      writeRowGroup: async (rowGroup) => (await writing()).writeRowGroup(rowGroup),
      onLog,
    };
  }

  /** Cancels what runs on the server and closes all connections; best effort, and within a limit of time. */
  async #stop(): Promise<void> {
    const session = this.#session;
    if (session !== null) {
      await cancelQueries(session.pinned, [session.backend, ...(this.#jobs?.backends ?? [])]);
    }
    await this.#jobs?.stop();
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
