import type { RecordBatch as ArrowRecordBatch } from 'apache-arrow';
import { RecordBatchConverter } from '../arrow/record-batch.ts';
import { DecodeFailures } from '../decode/failures.ts';
import { resolveConninfo } from '../postgres/connect/conninfo.ts';
import { copySql } from '../postgres/copy-sql.ts';
import { queryError } from '../postgres/server-error.ts';
import { Session } from '../postgres/session.ts';
import { DECODE_FUNCTIONS } from '../types/registry.ts';
import type { ArrowTypeOverrides } from '../types/resolve.ts';
import { BatchQueue } from './batch-queue.ts';
import { beginPlanned } from './begin.ts';
import { DECODERS, RowReader } from './jobs/row-reader.ts';
import type { BatchOptions, BatchSummary } from './options.ts';
import { type BatchSettings, batchSettings } from './settings.ts';
import { aborted, cancelQueries, STOP_LIMIT_MS, within } from './stopping.ts';

/** Batches that may wait for the consumer before reading from the server stops. */
const MAX_WAITING_BATCHES = 2;

/**
 * Reads the result of a query as `apache-arrow` record batches. Nothing is connected before the first one is asked
 * for; when the generator has ended, however it did, the query is over on the server and the connection closed.
 */
export async function* exportBatches(
  options: BatchOptions,
  overrides: ArrowTypeOverrides,
): AsyncGenerator<ArrowRecordBatch, void, undefined> {
  const settings = batchSettings(options);
  const { signal } = options;
  if (signal?.aborted) throw aborted(signal);
  const reading = new BatchReading(options, settings, overrides);
  const onAbort = () => reading.abandon(aborted(signal));
  signal?.addEventListener('abort', onAbort);
  try {
    for (let batch = await reading.next(); batch !== null; batch = await reading.next()) yield batch;
    options.onSummary?.(reading.summary());
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await reading.stop();
  }
}

/** One connection that reads ahead of its consumer by some batches. */
class BatchReading {
  readonly #options: BatchOptions;
  readonly #settings: BatchSettings;
  readonly #overrides: ArrowTypeOverrides;
  readonly #queue = new BatchQueue<ArrowRecordBatch>();
  readonly #started = performance.now();
  readonly #ended: Promise<void>;
  #session: Session | null = null;
  #read: Pick<BatchSummary, 'rows' | 'unrepresentable'> = { rows: 0, unrepresentable: {} };
  #stopped: Promise<void> | null = null;

  constructor(options: BatchOptions, settings: BatchSettings, overrides: ArrowTypeOverrides) {
    this.#options = options;
    this.#settings = settings;
    this.#overrides = overrides;
    this.#ended = this.#run();
  }

  /** The next batch; null at the end. Throws `ExportError`. */
  async next(): Promise<ArrowRecordBatch | null> {
    const batch = await this.#queue.take();
    if (this.#queue.length < MAX_WAITING_BATCHES) this.#session?.resume();
    return batch;
  }

  /** What has been read; complete when `next` has returned null. */
  summary(): BatchSummary {
    return { ...this.#read, elapsedMs: performance.now() - this.#started };
  }

  /** Drops what waits, so that the consumer gets `error` next, and stops. */
  abandon(error: unknown): void {
    this.#queue.abandon(error);
    void this.stop();
  }

  /** Cancels what runs on the server and closes the connection. Never rejects. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const session = this.#session;
    if (session !== null) {
      await cancelQueries(session.pinned, [session.backend]);
      session.destroy();
    }
    await within(STOP_LIMIT_MS, this.#ended);
  }

  /** Reads everything into the queue. Never rejects: an error ends the queue. */
  async #run(): Promise<void> {
    const { connection = {}, signal, onLog } = this.#options;
    try {
      const conninfo = resolveConninfo(connection);
      const session = await Session.open(conninfo, this.#settings.blockSize, {
        signal,
        retries: conninfo.connectRetries,
        onLog,
      });
      try {
        if (this.#stopped) return;
        this.#session = session;
        await this.#copy(session);
        await session.close();
      } finally {
        this.#session = null;
        session.destroy();
      }
      this.#queue.end(null);
    } catch (error) {
      this.#queue.end(queryError(error, 'copy'));
    }
  }

  async #copy(session: Session): Promise<void> {
    const { onLog = () => {}, onProgress = () => {}, onUnrepresentable = 'error' } = this.#options;
    const { transport, batchRows } = this.#settings;
    const { plan } = await beginPlanned(session, this.#options, this.#overrides, onLog);
    const { columns, fields, estimatedRows } = plan;
    const converter = new RecordBatchConverter(fields);
    const failures = new DecodeFailures(columns, onUnrepresentable);
    const decoder = DECODERS[transport].create(columns, DECODE_FUNCTIONS, failures, {
      onBatch: (batch) => this.#push(converter.convert(batch)),
      maxRows: () => batchRows,
    });
    const reader = new RowReader(decoder, (rows, bytesReceived) => {
      try {
        onProgress({ rows, bytesReceived, estimatedRows, elapsedMs: performance.now() - this.#started });
      } catch (error) {
        // The consumer gets its own error as it is.
        this.#queue.end(error);
        throw error;
      }
    });
    reader.begin();
    const copy = copySql(plan.query, columns, transport);
    onLog(`reading over one connection: ${copy}`);
    reader.end(await session.copyOut(copy, reader));
    decoder.finish();
    if (decoder.rowCount === 0) this.#push(converter.empty());
    this.#read = { rows: decoder.rowCount, unrepresentable: failures.unrepresentableCounts() };
    // The end of the connection must be read, whether or not somebody takes the batches that wait.
    session.resume();
  }

  #push(batch: ArrowRecordBatch): void {
    this.#queue.push(batch);
    if (this.#queue.length >= MAX_WAITING_BATCHES) this.#session?.pause();
  }
}
