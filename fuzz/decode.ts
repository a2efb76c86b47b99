/** Feeds a stream to the program's own tap and decoder, as a connection would, and says what came out. */
import type { RecordBatch } from '../src/columns/column.ts';
import { DecodeFailures } from '../src/decode/failures.ts';
import { ExportError } from '../src/errors.ts';
import { DECODERS, RowReader } from '../src/export/jobs/row-reader.ts';
import type { Transport } from '../src/postgres/copy-sql.ts';
import { CopyTap } from '../src/postgres/copy-tap.ts';
import { CopyOut } from '../src/postgres/submittables.ts';
import type { ColumnPlan } from '../src/types/pg-type.ts';
import { DECODE_FUNCTIONS } from '../src/types/registry.ts';
import { feedAlone } from '../test/support/feed-alone.ts';
import { batchRows, type Cell } from './cells.ts';

/** Bytes of the largest message; small, so that the limit is met. */
export const MAX_MESSAGE = 1 << 16;

export interface DecodeCase {
  readonly transport: Transport;
  readonly columns: readonly ColumnPlan[];
  readonly stream: Buffer;
  /** Where the stream is cut into chunks, in ascending order. */
  readonly cuts: readonly number[];
  /** Rows of a batch at most. */
  readonly batchRows: number;
  readonly onUnrepresentable: 'error' | 'null';
}

/** What came of a stream. `open`: it has not ended, and the connection would wait for more. */
export type Outcome =
  | {
      readonly kind: 'rows';
      readonly rows: readonly (readonly Cell[])[];
      readonly nulls: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'open'; readonly rows: readonly (readonly Cell[])[] }
  | { readonly kind: 'error'; readonly error: unknown };

export interface Decoded {
  readonly outcome: Outcome;
  /** Messages other than CopyData, and all bytes after the end of the COPY. */
  readonly forwarded: string;
}

export function decode({
  transport,
  columns,
  stream,
  cuts,
  batchRows: most,
  onUnrepresentable,
}: DecodeCase): Decoded {
  const batches: RecordBatch[] = [];
  const failures = new DecodeFailures(columns, onUnrepresentable);
  let failure: { error: unknown } | null = null;
  const fail = (error: unknown) => {
    failure ??= { error };
  };
  let sent: number | null = null;
  const forwarded: Buffer[] = [];
  const copy = new CopyOut(
    '',
    () => {},
    (rows) => (sent = rows),
    fail,
  );
  let over = false;
  const tap = new CopyTap((bytes) => {
    forwarded.push(Buffer.from(bytes));
    if (!over) over = hear(copy, forwarded.at(-1)!);
  }, MAX_MESSAGE);
  try {
    const decoder = DECODERS[transport].create(columns, DECODE_FUNCTIONS, failures, {
      onBatch: (batch) => batches.push(batch),
      maxRows: () => most,
    });
    const reader = new RowReader(decoder, () => {});
    reader.begin();
    tap.start(reader, fail);
    for (const chunk of chunksOf(stream, cuts)) feedAlone(tap, chunk);
    if (failure === null && sent !== null) reader.end(sent);
    decoder.finish();
  } catch (error) {
    fail(error);
  }
  const said = Buffer.concat(forwarded).toString('hex');
  if (failure !== null)
    return { outcome: { kind: 'error', error: (failure as { error: unknown }).error }, forwarded: said };
  const types = columns.map(({ value }) => value.type);
  const rows = batches.flatMap((batch) => batchRows(batch, types));
  const nulls = failures.unrepresentableCounts();
  return { outcome: sent === null ? { kind: 'open', rows } : { kind: 'rows', rows, nulls }, forwarded: said };
}

/** What pg makes of the messages that matter here; true after the last one. */
function hear(copy: CopyOut, message: Buffer): boolean {
  const body = message.subarray(5);
  switch (message[0]) {
    case 0x43: {
      const end = body.indexOf(0);
      copy.handleCommandComplete({ text: body.toString('latin1', 0, end < 0 ? undefined : end) });
      return false;
    }
    case 0x45:
      copy.handleError(new ExportError('query', 'an error of the server', { stage: 'copy' }));
      return false;
    case 0x5a:
      copy.handleReadyForQuery();
      return true;
    default:
      return false;
  }
}

function chunksOf(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts, stream.length];
  return ends.map((end, i) => stream.subarray(ends[i - 1] ?? 0, end));
}
