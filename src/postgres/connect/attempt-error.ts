/** What is left to try after an attempt to connect has failed. */
export type NextStep =
  /** The host's next address, then the next host: nothing answered here. */
  | 'address'
  /** The next host: this server answered, but cannot serve now or is of the wrong kind. */
  | 'host'
  /** The same address with or without TLS where sslmode allows both; then nothing. */
  | 'encryption'
  /** Nothing: libpq does not look for another server either once one has refused the login. */
  | 'nothing';

/** Why one attempt to connect failed, in a few words that fit after "cannot connect to …:". */
export class AttemptError extends Error {
  readonly next: NextStep;
  readonly hint: string | undefined;
  /** The SQLSTATE that the server sent. */
  readonly sqlState: string | undefined;
  /** Whether the same attempt may work a moment later: nothing answered, or the server cannot serve now. */
  readonly passing: boolean;

  constructor(
    reason: string,
    details: {
      next: NextStep;
      hint?: string | undefined;
      sqlState?: string | undefined;
      passing?: boolean | undefined;
      cause?: unknown;
    },
  ) {
    super(reason, { cause: details.cause });
    this.next = details.next;
    this.hint = details.hint;
    this.sqlState = details.sqlState;
    this.passing = details.passing ?? false;
  }

  /** The same failure, after which the other encryption is not worth trying. */
  final(): AttemptError {
    if (this.next !== 'encryption') return this;
    const { hint, sqlState, passing, cause } = this;
    return new AttemptError(this.message, { next: 'nothing', hint, sqlState, passing, cause });
  }
}

/** Errors of the system with which a connection, or the look-up of a name, fails while a server or a network is down. */
const PASSING = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  // A server that is restarting has no Unix socket for a moment.
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
]);

export function isPassing(error: unknown): boolean {
  return PASSING.has((error as NodeJS.ErrnoException).code ?? '');
}
