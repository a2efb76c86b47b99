import { type ErrorCode, ExportError, type Stage } from '../errors.ts';

/** Fields of an ErrorResponse that are used here (protocol 3.0, "Error and Notice Message Fields"). */
interface ServerError extends Error {
  readonly severity: string;
  readonly code: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
}

/**
 * An error from a connection in use, in the user's words: the server's own message with the place in `sql` that it
 * names, or that the connection broke. An `ExportError` is passed through.
 */
export function queryError(error: unknown, stage: Stage, sql?: string): ExportError {
  if (error instanceof ExportError) return error;
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
  const place = sql === undefined ? '' : placeInQuery(sql, error.position);
  const detail = error.detail === undefined ? '' : ` (${singleLine(error.detail)})`;
  return new ExportError(codeOf(error), `${singleLine(error.message)}${place}${detail}`, {
    stage,
    hint: error.hint === undefined ? hintFor(error.code) : singleLine(error.hint),
    sqlState: error.code,
    cause: error,
  });
}

function isServerError(error: unknown): error is ServerError {
  return (
    error instanceof Error && 'severity' in error && typeof (error as { code?: unknown }).code === 'string'
  );
}

/** Classes 57P0x: the server or an administrator ended the connection (Postgres, "Error Codes"). */
function codeOf(error: ServerError): ErrorCode {
  return error.code.startsWith('57P0') ? 'connection' : 'query';
}

function hintFor(sqlState: string): string | undefined {
  if (sqlState === '25006')
    return 'only what can be read is exported: the query runs in a read-only transaction';
  if (sqlState.startsWith('57P0'))
    return 'an administrator or the server itself ended the session; run the export again';
  if (sqlState === '42P01') return 'check the spelling, or write the schema before the table: schema.table';
  return undefined;
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
