import type { Redact } from './redact.ts';

/** What the console needs of process.stderr. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\x1b[K';
const DEFAULT_COLUMNS = 80;

/**
 * Lines for the user on stderr, and on a terminal one status line below them that is redrawn in place. Secrets are
 * masked, and control characters, which a server may have put into a message, are not passed on.
 */
export class Console {
  /** Whether lines can be redrawn in place. */
  readonly redraws: boolean;
  readonly #stream: OutputStream;
  readonly #redact: Redact;
  #status = '';

  constructor(stream: OutputStream, redact: Redact, terminal = process.env.TERM) {
    this.#stream = stream;
    this.#redact = redact;
    this.redraws = stream.isTTY === true && terminal !== 'dumb';
  }

  /** Prints one line. */
  line(text: string): void {
    const status = this.#status;
    this.#draw('');
    this.#stream.write(`${this.#clean(text)}\n`);
    this.#draw(status);
  }

  /** Sets the status line, cut to the terminal's width; '' removes it. Does nothing where `redraws` is false. */
  status(text: string): void {
    // The last column stays free: a full line would make some terminals scroll.
    if (this.redraws) this.#draw(this.#clean(text).slice(0, (this.#stream.columns || DEFAULT_COLUMNS) - 1));
  }

  #draw(status: string): void {
    if (status !== '' || this.#status !== '') this.#stream.write(CLEAR_LINE + status);
    this.#status = status;
  }

  #clean(text: string): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be found
    return this.#redact(text).replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ');
  }
}
