import { ExportError, type Stage } from '../errors.ts';
import { conditionOf } from './conditions.ts';

/** Fields of an ErrorResponse that are used here (protocol 3.0, "Error and Notice Message Fields"). */
export interface ServerError extends Error {
  readonly severity: string;
  readonly code: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
}

/**
 * A session that ended without having been asked to: the socket broke, or the server or an administrator ended it. What
 * was running may be run again over a new one. `cause` is the server's last message, or the socket's error.
 */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';

  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

/**
 * An error of a session's connection as it is to be thrown: a `ConnectionLost` if that is what it says. `farewell` is
 * what the server said last, which tells more than the reset that follows it.
 */
export function connectionFailure(error: unknown, farewell: ServerError | null): unknown {
  if (isServerError(error)) return conditionOf(error).lost ? new ConnectionLost(error) : error;
  const ownFault = error instanceof ExportError || error instanceof TypeError || error instanceof RangeError;
  if (ownFault || error instanceof ConnectionLost || !(error instanceof Error)) return error;
  if (farewell !== null && !conditionOf(farewell).lost) return farewell;
  return new ConnectionLost(farewell ?? error);
}

/**
 * An error from a connection in use, in the user's words: the server's own message with the place in `sql` that it
 * names, or that the connection broke. An `ExportError` is passed through.
 */
export function queryError(error: unknown, stage: Stage, sql?: string): ExportError {
  if (error instanceof ExportError) return error;
  if (error instanceof ConnectionLost && isServerError(error.cause)) {
    return queryError(error.cause, stage, sql);
  }
  if (!isServerError(error)) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof TypeError || error instanceof RangeError) {
      return new ExportError('internal', `internal error: ${singleLine(reason)}`, { stage, cause: error });
    }
    return new ExportError('connection', `the connection to the server was lost: ${singleLine(reason)}`, {
      stage,
      hint: 'look into the server’s log for the reason and run the export again',
      cause: error,
    });
  }
  const { code = 'query', hint, yields } = conditionOf(error);
  const place = sql === undefined ? '' : placeInQuery(sql, error.position);
  const detail = error.detail === undefined ? '' : ` (${singleLine(error.detail)})`;
  return new ExportError(code, `${singleLine(error.message)}${place}${detail}`, {
    stage,
    hint: error.hint !== undefined && (yields || hint === undefined) ? singleLine(error.hint) : hint,
    sqlState: error.code,
    cause: error,
  });
}

export function isServerError(error: unknown): error is ServerError {
  return (
    error instanceof Error && 'severity' in error && typeof (error as { code?: unknown }).code === 'string'
  );
}

/** ` at line 2, column 7` for a position in characters, counted from 1. */
function placeInQuery(sql: string, position: string | undefined): string {
  const offset = Number(position ?? 0) - 1;
  const characters = [...sql];
  if (offset < 0 || offset > characters.length) return '';
  const before = characters.slice(0, offset).join('').split('\n');
  return ` at line ${before.length}, column ${[...before.at(-1)!].length + 1} of the query`;
}

export function singleLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
