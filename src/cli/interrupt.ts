import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type Interruption = (typeof SIGNALS)[number];

/** The exit status of a command that a signal ended, as shells report it: 130 for SIGINT. */
export function statusOf(interruption: Interruption): number {
  return 128 + constants.signals[interruption];
}

/** What ended the command, for messages. In a checkout tools/own-node-child.js raises SIGTERM when its parent is gone. */
export function interruptedBy(interruption: Interruption): string {
  const parentIsGone = interruption === 'SIGTERM' && process.connected === false;
  return parentIsGone ? 'interrupted, as the parent process has ended' : `interrupted by ${interruption}`;
}

/**
 * Watches for signals that ask to end. The first one fires `signal`, for an orderly end; a second one ends the
 * process at once, in which an open file sink still removes its partial file.
 */
export class InterruptWatch {
  readonly #controller = new AbortController();
  #received: Interruption | null = null;
  #done = false;

  constructor() {
    for (const each of SIGNALS) process.on(each, this.#receive);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first signal that came. */
  get received(): Interruption | null {
    return this.#received;
  }

  /** To be called when everything is done: what ends the process must not make a success look like a failure. */
  ignore(): void {
    this.#done = true;
  }

  readonly #receive = (interruption: Interruption): void => {
    if (this.#done) return;
    if (this.#received !== null) process.exit(statusOf(interruption));
    this.#received = interruption;
    this.#controller.abort();
  };
}
