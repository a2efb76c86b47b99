/** What the fuzzers have found, each as a stream that must be refused, or must come out as it is. */
import { describe, expect, test } from 'vitest';
import { type Decoded, decode } from '../../fuzz/decode.ts';
import { framed } from '../../fuzz/mutate.ts';
import type { Transport } from '../../src/postgres/copy-sql.ts';
import type { DataType } from '../../src/types/kinds.ts';
import type { ColumnPlan, Decoding, ValuePlan } from '../../src/types/pg-type.ts';
import { decodingOf, pgTypeByName } from '../../src/types/registry.ts';

const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const READY = Buffer.from('I');

function scalar(type: string, wanted?: DataType): ValuePlan {
  const record = pgTypeByName(type);
  const decoding = wanted === undefined ? decodingOf(record, -1) : record.decodeAs!(wanted);
  return { kind: 'scalar', ...(decoding as Decoding) };
}

function list(element: ValuePlan): ValuePlan {
  const type: DataType = { id: 'list', element: { name: 'element', type: element.type, nullable: true } };
  return { kind: 'list', type, dimensions: 1, isVector: false, element };
}

function column(value: ValuePlan): ColumnPlan {
  return { name: 'x', pgType: 'x', comment: null, value, cast: null };
}

/** A whole COPY of messages of data; a number says how many rows the server claims. */
function copyOf(payloads: readonly Buffer[], rows: number): Buffer {
  return Buffer.concat([
    ...payloads.map((payload) => framed(0x64, payload)),
    framed(0x63, Buffer.alloc(0)),
    framed(0x43, Buffer.from(`COPY ${rows}\0`)),
    framed(0x5a, READY),
  ]);
}

function field(hex: string): Buffer {
  const bytes = Buffer.from(hex, 'hex');
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function decodeStream(transport: Transport, value: ValuePlan, stream: Buffer, cuts: number[] = []): Decoded {
  return decode({
    transport,
    columns: [column(value)],
    stream,
    cuts,
    batchRows: 8,
    onUnrepresentable: 'null',
  });
}

/** One row with one value in binary form. */
function binary(value: ValuePlan, hex: string): Decoded['outcome'] {
  const row = Buffer.concat([Buffer.from('0001', 'hex'), field(hex)]);
  return decodeStream('binary', value, copyOf([HEADER, row, Buffer.from('ffff', 'hex')], 1)).outcome;
}

const refused = (code: string) => ({
  kind: 'error',
  error: expect.objectContaining({ name: 'ExportError', code, row: 1 }),
});

/** One line of CSV after the header. */
function csv(value: ValuePlan, text: string): Decoded['outcome'] {
  return decodeStream('csv', value, copyOf([Buffer.from('x\n'), Buffer.from(`${text}\n`, 'latin1')], 1))
    .outcome;
}

const decimal = scalar('numeric', { id: 'decimal128', precision: 9, scale: 2 });
const int8AsInt2 = scalar('int8', { id: 'int', bitWidth: 16, signed: true });
const int8AsFloat = scalar('int8', { id: 'float', bitWidth: 64 });
const charAsBytes = scalar('char', { id: 'binary' });

describe('CSV text that is no value of its type is refused, and does not become null', () => {
  test.each([
    ['a decimal', 'NVN', decimal],
    ['a decimal', 'Infinite', decimal],
    ['a decimal', '-NaN', decimal],
    ['a decimal', '.', decimal],
    ['a float4', '3.4028235e+39', scalar('float4')],
    ['a float8', '-1e999', scalar('float8')],
    ['an integer as another one', 'NaN', int8AsInt2],
    ['an integer as another one', '1.5', int8AsInt2],
    ['an integer as a float', '1.5', int8AsFloat],
    ['an integer as a float', 'NaN', int8AsFloat],
    ['a "char"', 'ab', scalar('char')],
    ['a "char"', '\\101', scalar('char')],
    ['the byte of a "char"', '\\9zz', charAsBytes],
    ['a date', 'infiXity', scalar('date')],
    ['a date', '-infinit', scalar('date')],
    ['a date', '2026-02-29', scalar('date')],
    ['a date', '0000-01-01', scalar('date')],
    ['a time', '23:60:00', scalar('time')],
    ['a time', '23:00:60', scalar('time')],
    ['a time', '24:00:00.5', scalar('time')],
    ['a time', '12:00:00.1234567', scalar('time')],
    ['a timestamp', '2026-04-31 00:00:00', scalar('timestamp')],
    ['a timestamp', '2026-04-30 00:61:00', scalar('timestamp')],
    ['an array', '"{1,{2}}"', list(scalar('int4'))],
    ['an array', '"{{1},2}"', list(scalar('int4'))],
    ['an hstore', '"""a""xy""1"""', scalar('hstore')],
    ['an hstore', '"""a""=>NVLL"', scalar('hstore')],
    ['an hstore', '"""a""=>""1"";;""b""=>""2"""', scalar('hstore')],
  ] as const)('%s: %s', (_, text, value) => {
    expect(csv(value, text)).toEqual(refused('value'));
  });

  test('a date beyond what days since 1970 can count is no other date', () => {
    expect(csv(scalar('date'), '9999999-01-01')).toMatchObject({ rows: [[null]], nulls: { x: 1 } });
    expect(csv(scalar('date'), '5874897-12-31')).toMatchObject({ rows: [['d9c1da7f']] });
  });

  test('zeros at the end of a decimal are no digits too many', () => {
    for (const text of [`12.5${'0'.repeat(400)}`, `12.${'0'.repeat(50)}`, `0.${'0'.repeat(60)}`]) {
      expect(csv(decimal, text)).toMatchObject({ rows: [[expect.any(String)]], nulls: {} });
    }
    expect(csv(decimal, `12.${'0'.repeat(60)}1`)).toMatchObject({ rows: [[null]] });
    expect(csv(decimal, '100.05')).toMatchObject({ rows: [[`15270000${'0'.repeat(24)}`]] });
  });

  test('what Postgres prints of the same types is taken', () => {
    expect(csv(decimal, '-Infinity')).toMatchObject({ rows: [[null]] });
    expect(csv(scalar('date'), '2024-02-29')).toMatchObject({ rows: [['464d0000']] });
    expect(csv(scalar('char'), '\\351')).toMatchObject({ rows: [[null]] });
    expect(csv(charAsBytes, '\\351')).toMatchObject({ rows: [['e9']] });
    expect(csv(scalar('float4'), '3.4028235e+38')).toMatchObject({ rows: [['ffff7f7f']] });
  });
});

describe('the length of the CSV header’s message', () => {
  test.each([-1, 0, 3, -100_000, -0x80000000])('%d is refused', (length) => {
    const stream = copyOf([Buffer.from('x\n'), Buffer.from('1\n')], 1);
    stream.writeInt32BE(length, 1);
    expect(decodeStream('csv', scalar('int4'), stream).outcome).toEqual({
      kind: 'error',
      error: expect.objectContaining({ name: 'ExportError', code: 'protocol' }),
    });
  });
});

describe('binary values', () => {
  test.each([
    ['a time beyond a day', scalar('time'), '000000141dd76001', 'value'],
    ['a time before midnight', scalar('time'), 'ffffffffffffffff', 'value'],
    [
      'a numeric of an unknown sign',
      scalar('numeric', { id: 'decimal128', precision: 9, scale: 2 }),
      '00000000c07f0002',
      'value',
    ],
    // A key that is no UTF-8, and a length of -256.
    ['an hstore that is damaged in two ways', scalar('hstore'), '000000010000000261ffffffff00', 'value'],
    ['an empty array with something after it', list(scalar('int4')), '00000000000000000000001700', 'value'],
  ] as const)('%s is refused', (_, value, hex, code) => {
    expect(binary(value, hex)).toEqual(refused(code));
  });

  test('a date beyond what days since 1970 can count is no other date', () => {
    expect(binary(scalar('date'), '7fffff00')).toMatchObject({ rows: [[null]], nulls: { x: 1 } });
    expect(binary(scalar('date'), '7fffd532')).toMatchObject({ rows: [['ffffff7f']] });
  });

  test('the last time of a day, and 24:00', () => {
    expect(binary(scalar('time'), '000000141dd75fff')).toMatchObject({ rows: [['ff5fd71d14000000']] });
    expect(binary(scalar('time'), '000000141dd76000')).toMatchObject({ rows: [[null]], nulls: { x: 1 } });
  });
});
