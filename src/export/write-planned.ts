import type { EncodedRowGroup } from '../parquet/encoded.ts';
import { ParquetFileWriter } from '../parquet/file/file-writer.ts';
import { arrowSchemaKey } from '../parquet/schema/arrow-schema.ts';
import type { ServerFacts } from '../postgres/server-facts.ts';
import type { Session } from '../postgres/session.ts';
import type { SharedSnapshot } from '../postgres/transaction.ts';
import type { Sink } from '../sink/sink.ts';
import { VERSION } from '../version.ts';
import { fileMetadata } from './file-metadata.ts';
import type { Jobs, JobsTask } from './jobs/jobs.ts';
import { type MemoryShares, spareCompilerMemory } from './memory.ts';
import type { ExportOptions, ExportSummary } from './options.ts';
import type { Parts } from './parts.ts';
import type { ExportPlan } from './plan.ts';
import { ReadBack } from './read-back.ts';
import type { ExportSettings } from './settings.ts';

/** An export of which everything is decided, within a snapshot that a connection holds. */
export interface PlannedExport {
  readonly options: ExportOptions;
  readonly settings: ExportSettings;
  readonly snapshot: SharedSnapshot;
  readonly facts: ServerFacts;
  readonly plan: ExportPlan;
  readonly parts: Parts;
}

/** What an export may take of what all exports of the process share. */
export interface Share {
  /** Connections to read over. */
  readonly jobs: number;
  /** Memory of each job. */
  readonly memory: MemoryShares;
  /** Received but undecoded bytes of all its connections. */
  readonly blockSize: number;
}

/** What has been written, without what its output and its time are. */
export type WrittenFile = Omit<ExportSummary, 'out' | 'elapsedMs'>;

/** Reads a planned export over its jobs into the sink, which is left open. `session` holds the snapshot. */
export async function writePlanned(
  session: Session,
  jobs: Jobs,
  planned: PlannedExport,
  share: Share,
  sink: Sink,
): Promise<WrittenFile> {
  const { plan, parts, options } = planned;
  const readBack = options.verify ? new ReadBack() : null;
  options.onLog?.(`reading ${parts.reason}: ${parts.parts[0]!.copySql}`);
  const started = Promise.withResolvers<void>();
  const writeRowGroup = async (rowGroup: EncodedRowGroup) => {
    await (await writing).writeRowGroup(rowGroup);
    readBack?.add(rowGroup);
  };
  const running = jobs.run(session, jobsTask(planned, share, writeRowGroup, started.resolve));
  // The Arrow schema takes apache-arrow: it is loaded while the first rows are on their way.
  const writing = started.promise.then(() => createWriter(planned, sink));
  const [{ rows: decoded, unrepresentable }, writer] = await Promise.all([running, writing]);
  const { rows, rowGroups, bytes, nulls } = await writer.finish();
  await readBack?.verify(sink, decoded, options);
  return {
    rows,
    rowGroups,
    jobs: share.jobs,
    fileBytes: bytes,
    unrepresentable,
    nulls: Object.fromEntries(
      plan.fields.map(({ name }, i) => [name, nulls[i]!] as const).filter(([, count]) => count > 0),
    ),
  };
}

async function createWriter(
  { plan, facts, settings }: PlannedExport,
  sink: Sink,
): Promise<ParquetFileWriter> {
  return new ParquetFileWriter(sink, plan.fields, {
    ...settings.parquet,
    keyValueMetadata: {
      'ARROW:schema': await arrowSchemaKey(plan.fields),
      ...fileMetadata(plan, facts),
    },
    // A query with ORDER BY is never read in slices.
    sortingColumns: plan.sortingColumns,
    createdBy: `ddpp version ${VERSION}`,
  });
}

function jobsTask(
  { options, settings, snapshot, plan, parts }: PlannedExport,
  { jobs, memory, blockSize }: Share,
  writeRowGroup: JobsTask['writeRowGroup'],
  onStarted: () => void,
): JobsTask {
  const { onProgress = () => {}, onTempFile = () => {}, onLog = () => {} } = options;
  const { transport, tempFile, parquet, rowGroupSize, pageRows } = settings;
  const { columns, fields, estimatedRows } = plan;
  const started = performance.now();
  spareCompilerMemory(columns.length, settings.maxMemory);
  return {
    plan: {
      transport,
      tempFile,
      columns,
      fields,
      parquet: { ...parquet, dictionaryMemory: memory.dictionaries },
      rowGroupLimits: { rows: rowGroupSize, pageRows, bytes: memory.rowGroup },
      onUnrepresentable: options.onUnrepresentable ?? 'error',
    },
    jobs,
    parts: parts.parts,
    snapshot,
    blockSize: Math.min(blockSize, jobs * memory.row),
    onStarted: () => {
      onStarted();
      if (tempFile !== null) onTempFile(tempFile);
    },
    onProgress: (rows, bytesReceived) =>
      onProgress({ rows, bytesReceived, estimatedRows, elapsedMs: performance.now() - started }),
    writeRowGroup,
    onLog,
  };
}
