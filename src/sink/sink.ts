/**
 * Where a file's bytes go. A sink is written from front to back, then either closed (the file appears whole at its
 * final name) or aborted (it leaves nothing behind). Errors are `ExportError`s of stage `write`.
 */
export interface Sink {
  /** Where the bytes go, in words for the user. */
  readonly description: string;
  /** Writes the chunks in order. The caller awaits one write before it starts the next, and then may reuse the bytes. */
  write(chunks: readonly Uint8Array[]): Promise<void>;
  /** Flushes and publishes. After it has resolved, the output is durable under its final name. */
  close(): Promise<void>;
  /** Removes what was written so far. Never rejects; does nothing after `close` has resolved. */
  abort(): Promise<void>;
}
