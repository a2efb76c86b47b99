import { setTimeout as sleep } from 'node:timers/promises';
import { ExportError } from '../errors.ts';
import { cancelQuery } from '../postgres/cancel.ts';
import type { Conninfo } from '../postgres/connect/conninfo.ts';
import type { BackendKey } from '../postgres/session.ts';

/** How long a stopped export waits for the server to take its cancel requests. */
const CANCEL_LIMIT_MS = 2_000;
/** How long it waits for everything that is under way to end. */
export const STOP_LIMIT_MS = 5_000;

/** Waits for the promise, but no longer than the limit. */
export async function within(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  await Promise.race([promise, sleep(milliseconds, undefined, { ref: false })]);
}

/** Cancels what the backends run; best effort, and within a limit of time. */
export async function cancelQueries(server: Conninfo, backends: readonly BackendKey[]): Promise<void> {
  await within(CANCEL_LIMIT_MS, Promise.all(backends.map((backend) => cancelQuery(server, backend))));
}

/** The error of an export whose signal fired. */
export function aborted(signal: AbortSignal | undefined): ExportError {
  return new ExportError('aborted', 'the export was aborted', { stage: 'copy', cause: signal?.reason });
}
