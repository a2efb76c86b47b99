/** Bytes that grow and are reused from page to page. `bytes` and `view` change when it grows. */
export class PageBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView<ArrayBuffer>;

  constructor(size = 1024) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `size` bytes in all, and keeps the first `used` ones. */
  reserve(size: number, used: number): void {
    if (size <= this.bytes.length) {
      return;
    }
    const grown = new Uint8Array(
      Math.max(size, Math.min(this.bytes.length * 2, this.bytes.length + (1 << 24))),
    );
    grown.set(this.bytes.subarray(0, used));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** Gives memory back that an exceptionally large page needed. */
  shrink(): void {
    if (this.bytes.length > KEPT_SIZE) {
      this.bytes = new Uint8Array(1024);
      this.view = new DataView(this.bytes.buffer);
    }
  }
}

const KEPT_SIZE = 1 << 24;
