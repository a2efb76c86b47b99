import type { Redact } from './redact.ts';

/** What the console needs of process.stderr. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\x1b[K';
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/**
 * Lines for the user on stderr, and on a terminal status lines below them that are redrawn in place. Secrets are
 * masked, and control characters, which a server may have put into a message, are not passed on.
 */
export class Console {
  /** Whether lines can be redrawn in place. */
  readonly redraws: boolean;
  readonly #stream: OutputStream;
  readonly #redact: Redact;
  #status: readonly string[] = [];

  constructor(stream: OutputStream, redact: Redact, terminal = process.env.TERM) {
    this.#stream = stream;
    this.#redact = redact;
    this.redraws = stream.isTTY === true && terminal !== 'dumb';
  }

  /** Prints one line. */
  line(text: string): void {
    const status = this.#status;
    this.#draw([]);
    this.#stream.write(`${this.#clean(text)}\n`);
    this.#draw(status);
  }

  /**
   * Sets the status lines, cut to the terminal's width and to as many as it shows at once; none removes them. Does nothing
   * where `redraws` is false.
   */
  status(lines: readonly string[]): void {
    if (!this.redraws) return;
    // The last column stays free: a full line would make some terminals scroll. So does the last row.
    const width = (this.#stream.columns || DEFAULT_COLUMNS) - 1;
    const height = (this.#stream.rows || DEFAULT_ROWS) - 1;
    const shown =
      lines.length <= height ? lines : [...lines.slice(0, height - 1), `… ${lines.length - height + 1} more`];
    this.#draw(shown.map((line) => this.#clean(line).slice(0, width)));
  }

  /** Replaces the status lines; the cursor stays at the end of the last one. */
  #draw(status: readonly string[]): void {
    if (status.length === 0 && this.#status.length === 0) return;
    const above = this.#status.length - 1;
    // Up to the first of the old lines, and nothing left of it and those below.
    const clear = above > 0 ? `\x1b[${above}A\r\x1b[J` : CLEAR_LINE;
    this.#stream.write(clear + status.join('\n'));
    this.#status = status;
  }

  #clean(text: string): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be found
    return this.#redact(text).replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ');
  }
}
