import { BinaryDecoder } from '../../decode/binary-decoder.ts';
import type { CopyDecoder } from '../../decode/copy-decoder.ts';
import { CsvDecoder } from '../../decode/csv-decoder.ts';
import { ExportError } from '../../errors.ts';
import type { Transport } from '../../postgres/copy-sql.ts';
import type { CopyConsumer } from '../../postgres/copy-tap.ts';

const PROGRESS_INTERVAL_MS = 100;

/** The decoder of each transport's format. */
export const DECODERS = { binary: BinaryDecoder, csv: CsvDecoder } as const satisfies Record<
  Transport,
  unknown
>;

/** Feeds COPYs to their decoder, reports how far they have come, and checks at the end of each that nothing is missing. */
export class RowReader implements CopyConsumer {
  readonly #decoder: CopyDecoder;
  readonly #onProgress: (rows: number, bytesReceived: number) => void;
  #bytesReceived = 0;
  #rowsBefore = 0;
  #lastProgress = 0;

  constructor(decoder: CopyDecoder, onProgress: (rows: number, bytesReceived: number) => void) {
    this.#decoder = decoder;
    this.#onProgress = onProgress;
  }

  decode(b: Uint8Array, v: DataView, p: number, stop: number): number {
    const end = this.#decoder.decode(b, v, p, stop);
    this.#bytesReceived += end - p;
    const now = performance.now();
    if (now - this.#lastProgress > PROGRESS_INTERVAL_MS) {
      this.#lastProgress = now;
      this.#report();
    }
    return end;
  }

  /** Begins a COPY. */
  begin(): void {
    this.#decoder.begin();
    this.#rowsBefore = this.#decoder.rowCount;
  }

  /** Ends a COPY of which the server says that it sent so many rows. Throws `ExportError`. */
  end(sent: number): void {
    this.#decoder.end();
    const came = this.#decoder.rowCount - this.#rowsBefore;
    if (sent !== came) {
      throw new ExportError('protocol', `the server says that it sent ${sent} rows, but ${came} came`, {
        stage: 'copy',
        hint: 'the data was damaged on its way; run the export again',
      });
    }
    this.#report();
  }

  #report(): void {
    this.#onProgress(this.#decoder.rowCount, this.#bytesReceived);
  }
}
