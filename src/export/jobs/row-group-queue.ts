import type { EncodedRowGroup } from '../../parquet/encoded.ts';

/** Finished row groups that may wait to be written before the jobs that fill them stop reading. */
export const MAX_WAITING_ROW_GROUPS = 1;

/** Who is told what becomes of row groups. */
export interface RowGroupListener {
  rowGroupWritten(): void;
  rowGroupFailed(error: unknown): void;
}

/** The row groups of one thread on their way to the file: one after the other. */
export class RowGroupQueue {
  readonly #write: (rowGroup: EncodedRowGroup) => Promise<void>;
  readonly #listeners: RowGroupListener[] = [];
  #waiting = 0;
  #written = Promise.resolve();

  /** `write` resolves when the row group is written. */
  constructor(write: (rowGroup: EncodedRowGroup) => Promise<void>) {
    this.#write = write;
  }

  /** Whether so many wait that nothing is read. */
  get full(): boolean {
    return this.#waiting > MAX_WAITING_ROW_GROUPS;
  }

  /** Resolves when all that were added are written; rejects where one cannot be. */
  get written(): Promise<void> {
    return this.#written;
  }

  listen(listener: RowGroupListener): void {
    this.#listeners.push(listener);
  }

  add(rowGroup: EncodedRowGroup): void {
    this.#waiting++;
    this.#written = this.#written.then(() => this.#writeNext(rowGroup));
    this.#written.catch((error) => {
      for (const listener of this.#listeners) listener.rowGroupFailed(error);
    });
  }

  async #writeNext(rowGroup: EncodedRowGroup): Promise<void> {
    await this.#write(rowGroup);
    this.#waiting--;
    for (const listener of this.#listeners) listener.rowGroupWritten();
  }
}
