import { expect, test } from 'vitest';
import { BinaryDecoder } from '../../src/decode/binary-decoder.ts';
import { DecodeFailures } from '../../src/decode/failures.ts';
import type { ColumnPlan } from '../../src/types/pg-type.ts';
import { DECODE_FUNCTIONS, decodingOf, pgTypeByName } from '../../src/types/registry.ts';

/** 10^131071: 10 bytes on the wire, 131,072 characters. */
const VALUE = Buffer.from('00017fff00000000270f', 'hex');
const CHARACTERS = 131_072;
const ROWS = 1000;

test('a batch ends by what its values have become, not only by what has come', () => {
  const value = { kind: 'scalar', ...decodingOf(pgTypeByName('numeric'), -1)! } as const;
  const columns: ColumnPlan[] = [{ name: 'n', pgType: 'numeric', comment: null, value, cast: null }];
  const sizes: number[] = [];
  let rows = 0;
  const decoder = BinaryDecoder.create(columns, DECODE_FUNCTIONS, new DecodeFailures(columns, 'error'), {
    onBatch: (batch) => {
      const [column] = batch.columns;
      if (column!.layout !== 'bytes') throw new Error(`no column of bytes but ${column!.layout}`);
      sizes.push(column!.offsets[column!.length]!);
      rows += batch.rows;
      decoder.recycleColumn(0, column!);
    },
    maxRows: () => 16_384,
  });
  const header = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
  const row = Buffer.concat([Buffer.from('00010000000a', 'hex'), VALUE]);
  const message = (payload: Buffer) => {
    const head = Buffer.from('d\0\0\0\0', 'latin1');
    head.writeInt32BE(payload.length + 4, 1);
    return Buffer.concat([head, payload]);
  };
  const bytes = Uint8Array.from(
    Buffer.concat([
      message(header),
      ...Array.from({ length: ROWS }, () => message(row)),
      message(Buffer.from('ffff', 'hex')),
    ]),
  );
  expect(decoder.decode(bytes, new DataView(bytes.buffer), 0, bytes.length)).toBe(bytes.length);
  decoder.end();
  decoder.finish();
  expect(rows).toBe(ROWS);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(ROWS * CHARACTERS);
  expect(Math.max(...sizes)).toBeLessThan(32 << 20);
});
