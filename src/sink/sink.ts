/**
 * Where a file's bytes go. A sink is written from front to back, then either closed (the file appears whole at its
 * final name) or aborted (it leaves nothing behind). Errors are `ExportError`s of stage `write`.
 */
export interface Sink {
  /** Where the bytes go, in words for the user. */
  readonly description: string;
  /** Writes the chunks in order. The caller awaits one write before it starts the next, and then may reuse the bytes. */
  write(chunks: readonly Uint8Array[]): Promise<void>;
  /**
   * Lets `use` read what was written so far, before `close`. A failure of `use` is one of the sink. Not there where what was
   * written cannot be read again, as in a pipe.
   */
  readBack?<T>(use: (written: WrittenBytes) => Promise<T>): Promise<T>;
  /** Flushes and publishes. After it has resolved, the output is durable under its final name. */
  close(): Promise<void>;
  /** Removes what was written so far. Never rejects; does nothing after `close` has resolved. */
  abort(): Promise<void>;
}

/** What was written to a sink so far. */
export interface WrittenBytes {
  readonly size: number;
  /** Reads up to `into.length` bytes at a position and returns how many; 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
}
