import type { RecordBatch } from '../../src/columns/column.ts';
import { BinaryDecoder } from '../../src/decode/binary-decoder.ts';
import { CsvDecoder } from '../../src/decode/csv-decoder.ts';
import { DecodeFailures } from '../../src/decode/failures.ts';
import type { Transport } from '../../src/postgres/copy-sql.ts';
import { CopyTap } from '../../src/postgres/copy-tap.ts';
import type { ColumnPlan } from '../../src/types/pg-type.ts';
import { DECODE_FUNCTIONS, decodingOf, pgTypeByName } from '../../src/types/registry.ts';
import { batchRows } from './batches.ts';
import { feedAlone } from './feed-alone.ts';

export const DECODERS = { binary: BinaryDecoder, csv: CsvDecoder };

/** A column of a type that is no array and no composite. */
export function scalarColumn(typname: string, name = typname, typmod = -1): ColumnPlan {
  const value = { kind: 'scalar', ...decodingOf(pgTypeByName(typname), typmod)! } as const;
  return { name, pgType: typname, comment: null, value, cast: null };
}

export interface Decoded {
  readonly rows: (string | null)[][];
  /** The other messages, which go to pg. */
  readonly forwarded: string;
}

/** Feeds the chunks in turn. */
export function decodeChunks(
  transport: Transport,
  columns: readonly ColumnPlan[],
  chunks: readonly Uint8Array[],
  maxRows: number,
): Decoded {
  const batches: RecordBatch[] = [];
  const forwarded: string[] = [];
  let failure: unknown = null;
  const decoder = DECODERS[transport].create(
    columns,
    DECODE_FUNCTIONS,
    new DecodeFailures(columns, 'error'),
    {
      onBatch: (batch) => batches.push(batch),
      maxRows: () => maxRows,
    },
  );
  const tap = new CopyTap((bytes) => forwarded.push(Buffer.from(bytes).toString('hex')), 1 << 20);
  tap.start(decoder, (error) => {
    failure = error;
  });
  for (const chunk of chunks) {
    feedAlone(tap, chunk);
  }
  if (failure !== null) throw failure;
  decoder.end();
  decoder.finish();
  return { rows: batchRows(batches), forwarded: forwarded.join('') };
}
