/** Hands batches from a reader, which pushes them as they come, to one consumer, who takes them when it is ready. */
export class BatchQueue<Batch> {
  #waiting: Batch[] = [];
  #end: { readonly error: unknown } | null = null;
  #wake = () => {};

  /** Batches that wait to be taken. */
  get length(): number {
    return this.#waiting.length;
  }

  /** What comes after the end is dropped. */
  push(batch: Batch): void {
    if (this.#end !== null) return;
    this.#waiting.push(batch);
    this.#wake();
  }

  /** Nothing more will come, because of `error` unless it is null. What waits can still be taken. */
  end(error: unknown): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** Nothing more will come, and what waits is dropped. */
  abandon(error: unknown): void {
    this.#waiting = [];
    this.#end = { error };
    this.#wake();
  }

  /** The next batch, as soon as there is one; null at the end. Throws the error that the queue ended with. */
  async take(): Promise<Batch | null> {
    while (this.#waiting.length === 0) {
      if (this.#end?.error) throw this.#end.error;
      if (this.#end) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#waiting.shift()!;
  }
}
