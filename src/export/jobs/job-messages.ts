import { type ErrorCode, ExportError, type ExportErrorDetails } from '../../errors.ts';
import type { EncodedRowGroup } from '../../parquet/encoded.ts';
import type { Conninfo } from '../../postgres/connect/conninfo.ts';
import type { BackendKey } from '../../postgres/session.ts';
import type { SharedSnapshot } from '../../postgres/transaction.ts';
import type { JobResult } from './job.ts';
import type { JobPlan } from './job-plan.ts';
import type { Part } from './part.ts';

/** The job of a worker thread, and how it gets there. */
export interface JobStart {
  readonly conninfo: Conninfo;
  readonly snapshot: SharedSnapshot;
  /** Whether to read without parallel workers, so that rows come in the same order each time. */
  readonly serial: boolean;
  readonly blockSize: number;
  readonly plan: JobPlan;
}

/** What a worker thread posts to the main thread. */
export type JobMessage =
  /** Logged in, for the first time or again, within the snapshot: `backend` can be cancelled from now on. */
  | { readonly kind: 'connected'; readonly backend: BackendKey; readonly serverProcess: number }
  /** About to ask for the first part. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'nextPart' }
  | { readonly kind: 'progress'; readonly rows: number; readonly bytesReceived: number }
  | { readonly kind: 'rowGroup'; readonly rowGroup: EncodedRowGroup }
  | { readonly kind: 'done'; readonly result: JobResult }
  | { readonly kind: 'failed'; readonly error: ErrorRecord };

/** What the main thread posts to a worker thread. */
export type JobCommand =
  | { readonly kind: 'start'; readonly start: JobStart }
  | { readonly kind: 'part'; readonly part: Part | null }
  /** The connection is dead, though it does not look so. */
  | { readonly kind: 'reconnect' }
  | { readonly kind: 'rowGroupWritten' }
  | { readonly kind: 'stop' };

/** An error as plain data: structured clone would keep neither an ExportError's class nor its fields. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly stack: string | undefined;
  readonly details: ExportErrorDetails;
}

export function toRecord(error: unknown): ErrorRecord {
  if (error instanceof ExportError) {
    const { code, message, stack, stage, column, row, hint, sqlState } = error;
    return { code, message, stack, details: { stage, column, row, hint, sqlState } };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: 'internal', message, stack, details: { stage: 'copy' } };
}

export function fromRecord({ code, message, stack, details }: ErrorRecord): ExportError {
  const error = new ExportError(code, message, details);
  if (stack !== undefined) error.stack = stack;
  return error;
}
