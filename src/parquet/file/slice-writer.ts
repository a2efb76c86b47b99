/** Where a file's bytes go: the chunks are written in order, and may be reused once the promise has resolved. */
export interface ByteOutput {
  write(chunks: readonly Uint8Array[]): Promise<void>;
}

// One writev takes 1024 buffers at most.
const MAX_CHUNKS = 1000;
// A job may keep the thread between two calls: few large ones.
const MAX_BYTES = 1 << 25;
const SMALL = 1 << 14;
const STAGING_SIZE = 1 << 20;

/** Hands slices of memory to an output in groups; small ones are copied together first. */
export class SliceWriter {
  /** Bytes added so far. */
  position = 0;
  private readonly output: ByteOutput;
  private readonly staging = new Uint8Array(STAGING_SIZE);
  private staged = 0;
  /** Where in the staging memory the slices begin that are not among the chunks yet. */
  private stagedFrom = 0;
  private chunks: Uint8Array[] = [];
  private bytes = 0;

  constructor(output: ByteOutput) {
    this.output = output;
  }

  /** Adds a slice, which must stay as it is until the next flush unless it is small. Returns whether to flush. */
  add(slice: Uint8Array): boolean {
    this.position += slice.length;
    this.bytes += slice.length;
    if (slice.length < SMALL) {
      this.staging.set(slice, this.staged);
      this.staged += slice.length;
    } else {
      this.closeStaged();
      this.chunks.push(slice);
    }
    return this.bytes >= MAX_BYTES || this.staged > STAGING_SIZE - SMALL || this.chunks.length >= MAX_CHUNKS;
  }

  /** Writes what was added. */
  async flush(): Promise<void> {
    this.closeStaged();
    const { chunks } = this;
    if (chunks.length > 0) {
      await this.output.write(chunks);
    }
    this.chunks = [];
    this.bytes = 0;
    this.staged = 0;
    this.stagedFrom = 0;
  }

  private closeStaged(): void {
    if (this.staged > this.stagedFrom) {
      this.chunks.push(this.staging.subarray(this.stagedFrom, this.staged));
      this.stagedFrom = this.staged;
    }
  }
}
