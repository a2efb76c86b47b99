import type { CopyDecoder } from '../../decode/copy-decoder.ts';
import type { DecodeFailures } from '../../decode/failures.ts';
import type { EncodedRowGroup } from '../../parquet/encoded.ts';
import { sharedMemory } from '../../parquet/memory/arena.ts';
import { RowGroupEncoder } from '../../parquet/row-group-encoder.ts';
import { DECODE_FUNCTIONS } from '../../types/registry.ts';
import type { JobPlan } from './job-plan.ts';
import { PacedEncoder } from './paced-encoder.ts';
import { MAX_WAITING_ROW_GROUPS } from './row-group-queue.ts';
import { DECODERS } from './row-reader.ts';

/** A connection that can be made to wait. */
interface Pausable {
  pause(): void;
  resume(): void;
}

/**
 * Makes row groups of the rows of one connection, or of several that a thread reads in turn: these fill the same batches,
 * which saves the memory of a row group for each, and row groups that are not full.
 */
export class RowGroupMaker {
  readonly #plan: JobPlan;
  readonly #onRowGroup: (rowGroup: EncodedRowGroup) => void;
  readonly #rowGroups: RowGroupEncoder;
  readonly #encoder: PacedEncoder;
  #decoder: CopyDecoder | null = null;
  /** Those whose rows are still to come. */
  readonly #connections = new Set<Pausable>();
  /** The memory of row groups that wait to be written. */
  readonly #waiting: (readonly Uint8Array[])[] = [];

  /**
   * `onRowGroup` gets finished row groups. Reading goes on while one is being written, but stops when the next one is
   * finished too.
   */
  constructor(plan: JobPlan, onRowGroup: (rowGroup: EncodedRowGroup) => void) {
    this.#plan = plan;
    this.#onRowGroup = onRowGroup;
    this.#rowGroups = new RowGroupEncoder(plan.fields, plan.parquet, sharedMemory);
    this.#encoder = new PacedEncoder(this.#rowGroups, plan.rowGroupLimits, {
      onRowGroup: (rowGroup) => this.#handOver(rowGroup),
      recycle: (index, column) => this.#decoder?.recycleColumn(index, column),
    });
  }

  /** A decoder for the rows of a connection, which is paused while too many row groups wait. */
  join(connection: Pausable, failures: DecodeFailures): CopyDecoder {
    const { columns, transport } = this.#plan;
    this.#connections.add(connection);
    if (this.#full) connection.pause();
    if (this.#decoder !== null) return this.#decoder.sibling(failures);
    this.#decoder = DECODERS[transport].create(columns, DECODE_FUNCTIONS, failures, {
      onBatch: (batch) => this.#encoder.push(batch),
      maxRows: () => this.#encoder.maxRows,
    });
    return this.#decoder;
  }

  /** Encodes as much of the waiting batch as the next one is filled; to be called for each chunk that was decoded. */
  keepPace(): void {
    this.#encoder.keepPace(this.#decoder!.fill);
  }

  /** All rows of the connection have come; with those of the last one the last row group ends. */
  leave(connection: Pausable): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    this.#decoder!.finish();
    this.#encoder.finish();
  }

  /** The first of the row groups that `onRowGroup` got and that wait has been written. */
  rowGroupWritten(): void {
    const full = this.#full;
    this.#rowGroups.recycle(this.#waiting.shift()!);
    if (full && !this.#full) for (const connection of this.#connections) connection.resume();
  }

  get #full(): boolean {
    return this.#waiting.length > MAX_WAITING_ROW_GROUPS;
  }

  #handOver(rowGroup: EncodedRowGroup): void {
    this.#waiting.push(rowGroup.blocks);
    if (this.#full) for (const connection of this.#connections) connection.pause();
    this.#onRowGroup(rowGroup);
  }
}
