import { ExportError } from '../errors.ts';
import type { EncodedRowGroup } from '../parquet/encoded.ts';
import type { Sink } from '../sink/sink.ts';
import type { ExportOptions } from './options.ts';

/** Throws `ExportError` (`usage`) where the output is to be verified and cannot be read back. */
export function checkReadBack({ verify }: ExportOptions, sink: Sink): void {
  if (!verify || sink.readBack !== undefined) return;
  throw new ExportError('usage', `${sink.description} cannot be verified: it cannot be read back`, {
    stage: 'options',
    hint: 'write to a file, or leave out --verify',
  });
}

/** Keeps what the row groups of a file held before they were encoded, and compares the written file with it. */
export class ReadBack {
  readonly #expected: { readonly rows: number; readonly checksums: Uint32Array }[] = [];

  /** Takes a row group that has been written; those without rows are not in the file. */
  add({ rows, checksums }: EncodedRowGroup): void {
    if (checksums !== null && rows > 0) this.#expected.push({ rows, checksums });
  }

  /**
   * Reads everything that was written to the sink, which `checkReadBack` let pass. `rows` were decoded. Throws `ExportError`: `corrupt` where the file is not
   * what was read from the server.
   */
  async verify(sink: Sink, rows: number, options: ExportOptions): Promise<void> {
    const { signal, onLog } = options;
    // Most exports need none of it.
    const { verifySource } = await import('../verify/verify-file.ts');
    const started = performance.now();
    onLog?.('reading the file back');
    const expected = this.#expected;
    const report = await sink.readBack!((written) =>
      verifySource(written, sink.description, { expected, signal }),
    );
    if (report.rows !== rows) {
      throw new ExportError('corrupt', `${sink.description}: it has ${report.rows} rows, ${rows} were read`, {
        stage: 'verify',
        hint: 'this is a defect of fast-export; please report it',
      });
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    onLog?.(`verified ${report.rows} rows in ${report.pages} pages in ${seconds} s`);
  }
}
