/** The stage of an export in which something went wrong; see `docs/architecture.md` for the stages. */
export type Stage =
  | 'options'
  | 'connect'
  | 'query'
  | 'plan'
  | 'copy'
  | 'decode'
  | 'encode'
  | 'write'
  | 'verify';

/**
 * What kind of failure it was, for programs that react to one. A code is stable across versions; messages are not.
 *
 * - `usage`: an option or argument is wrong (exit status 2)
 * - `connection`: the server could not be reached, refused the login, or the connection broke
 * - `query`: the server refused or failed the query
 * - `unsupported`: the query or one of its columns cannot be exported as asked
 * - `value`: a value does not fit its Arrow type
 * - `protocol`: the bytes received are not what the protocol promises
 * - `output`: the output could not be written
 * - `check`: a product's table is not as its configuration demands
 * - `corrupt`: a Parquet file is not what its metadata say, or not what was read from the server
 * - `aborted`: the caller's AbortSignal fired
 * - `internal`: a defect of this program
 */
export type ErrorCode =
  | 'usage'
  | 'connection'
  | 'query'
  | 'unsupported'
  | 'value'
  | 'protocol'
  | 'output'
  | 'check'
  | 'corrupt'
  | 'aborted'
  | 'internal';

export interface ExportErrorDetails {
  readonly stage: Stage;
  /** The exports of a run of several that are to blame, by name. */
  readonly exports?: readonly string[] | undefined;
  /** Column name, where one column is to blame. */
  readonly column?: string | undefined;
  /** Row of the result, counted from 1, where one row is to blame. */
  readonly row?: number | undefined;
  /** What the user can do about it: one plain sentence without a final full stop. */
  readonly hint?: string | undefined;
  /** The SQLSTATE that the server sent, for errors of the server. */
  readonly sqlState?: string | undefined;
  readonly cause?: unknown;
}

/** A failed export, in words for its user: `message` says what failed, `hint` what to do. Both are single lines. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
  readonly code: ErrorCode;
  readonly stage: Stage;
  readonly exports: readonly string[];
  readonly column: string | undefined;
  readonly row: number | undefined;
  readonly hint: string | undefined;
  readonly sqlState: string | undefined;

  constructor(code: ErrorCode, message: string, details: ExportErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.stage = details.stage;
    this.exports = details.exports ?? [];
    this.column = details.column;
    this.row = details.row;
    this.hint = details.hint;
    this.sqlState = details.sqlState;
  }
}
