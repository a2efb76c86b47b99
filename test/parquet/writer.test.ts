import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as arrow from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { RecordBatchConverter } from '../../src/arrow/record-batch.ts';
import { ParquetWriter, type ParquetWriterOptions } from '../../src/parquet-writer.ts';
import type { DataType } from '../../src/types/kinds.ts';
import { python } from '../support/python.ts';
import { readWithDuckDB, readWithHyparquet, readWithPyArrow } from '../support/readers.ts';
import { anyTable } from './arbitraries.ts';
import { columnOf } from './columns.ts';
import { columnsOf, type TestTable } from './files.ts';
import { inspect } from './inspect.ts';

const directory = mkdtempSync(join(tmpdir(), 'ddpp-writer-'));
let files = 0;

afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function write(
  schema: arrow.Schema,
  batches: readonly arrow.RecordBatch[],
  options: ParquetWriterOptions = {},
): Promise<string> {
  const written: Uint8Array[] = [];
  const output = {
    async write(chunks: readonly Uint8Array[]) {
      // They may be reused afterwards.
      written.push(...chunks.map((chunk) => chunk.slice()));
    },
  };
  const writer = new ParquetWriter(output, schema, options);
  for (const batch of batches) await writer.write(batch);
  const { rows, fileBytes } = await writer.close();
  const contents = Buffer.concat(written);
  expect(fileBytes).toBe(contents.length);
  expect(rows).toBe(batches.reduce((sum, { numRows }) => sum + numRows, 0));
  const path = join(directory, `${files++}.parquet`);
  writeFileSync(path, contents);
  return path;
}

/** Arrow has no time of 8 bytes in milliseconds, so this program's own batches of it cannot become Arrow's. */
function hasArrowForm(type: DataType): boolean {
  switch (type.id) {
    case 'time64':
      return type.unit !== 'ms';
    case 'list':
      return hasArrowForm(type.element.type);
    case 'struct':
      return type.fields.every((field) => hasArrowForm(field.type));
    case 'map':
      return hasArrowForm(type.value.type);
    default:
      return true;
  }
}

describe('random record batches come back value by value', async () => {
  const arrowTables = anyTable.filter(({ fields }) => fields.every(({ type }) => hasArrowForm(type)));
  const tables = fc.sample(arrowTables, { numRuns: 30, seed: 11 });
  const paths = await Promise.all(tables.map(writeInSlices));

  test.skipIf(python() === null)('from PyArrow', () => {
    expect(readWithPyArrow(paths).map(({ columns }) => columns)).toEqual(tables.map(columnsOf));
  });

  test('from hyparquet', async () => {
    const read = await Promise.all(paths.map(readWithHyparquet));
    expect(read.map(({ columns }) => columns)).toEqual(tables.map(columnsOf));
  });
});

/** Through Arrow's memory layout, in slices that begin anywhere within bytes, and row groups that end within batches. */
function writeInSlices(table: TestTable): Promise<string> {
  const converter = new RecordBatchConverter(table.fields);
  const batches = table.rowGroups.flat().flatMap((batch) => {
    const columns = batch.map((values, i) => columnOf(table.fields[i]!.type, values));
    const whole = converter.convert({ rows: batch[0]!.length, columns });
    const cut = Math.floor(whole.numRows / 3);
    return [whole.slice(0, cut), whole.slice(cut, whole.numRows)];
  });
  return write(converter.schema, batches, { encoding: 'compact', rowGroupSize: 17 });
}

test('row groups have the size that is asked for', async () => {
  const table = arrow.tableFromArrays({ n: Int32Array.from({ length: 25 }, (_, i) => i) });
  const path = await write(table.schema, table.batches, { rowGroupSize: 10 });
  expect(inspect(path).map(([chunk]) => chunk!.numValues)).toEqual([10, 10, 5]);
});

test('dictionaries of strings, and times in milliseconds', async () => {
  const labels = arrow.vectorFromArray(
    ['a', null, 'bc', 'a'],
    new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()),
  );
  const times = arrow.vectorFromArray([1, null, 86_399_999, 0], new arrow.TimeMillisecond());
  const { schema, batches } = new arrow.Table({ labels, times });
  const { columns } = await readWithDuckDB(await write(schema, batches));
  expect(columns).toEqual([
    ['a', null, 'bc', 'a'],
    ['1000', null, '86399999000', '0'],
  ]);
});

test('bytes in null slots, which Arrow allows, are not written', async () => {
  const data = arrow.makeData({
    type: new arrow.Utf8(),
    length: 3,
    nullCount: 1,
    nullBitmap: Uint8Array.of(0b101),
    valueOffsets: Int32Array.of(0, 1, 3, 4),
    data: Buffer.from('aXXb'),
  });
  const { schema, batches } = new arrow.Table({ s: arrow.makeVector(data) });
  expect((await readWithHyparquet(await write(schema, batches))).columns).toEqual([['a', null, 'b']]);
});

test('no batches', async () => {
  const schema = new arrow.Schema([new arrow.Field('n', new arrow.Int32(), true)]);
  expect((await readWithDuckDB(await write(schema, []))).schema).toEqual([{ name: 'n', type: 'INTEGER' }]);
});

describe('what cannot be written is refused', () => {
  const output = { write: async () => {} };
  const schemaOf = (type: arrow.DataType) => new arrow.Schema([new arrow.Field('c', type, true)]);
  const int32 = schemaOf(new arrow.Int32());

  test.each([
    new arrow.Float16(),
    new arrow.DurationSecond(),
    new arrow.TimestampSecond(),
    new arrow.LargeUtf8(),
    new arrow.Null(),
    new arrow.FixedSizeList(2, new arrow.Field('x', new arrow.Int32())),
    new arrow.List(new arrow.Field('element', new arrow.Float16())),
    new arrow.Dictionary(new arrow.Int32(), new arrow.Int8()),
  ])('%s', (type) => {
    expect(() => new ParquetWriter(output, schemaOf(type))).toThrow(/^the Arrow type .* cannot be written$/);
  });

  test('a batch of another schema', async () => {
    const writer = new ParquetWriter(output, int32);
    const [batch] = arrow.tableFromArrays({ c: Float64Array.of(1) }).batches;
    await expect(writer.write(batch!)).rejects.toThrow("a record batch has another schema than the writer's");
  });

  test('a batch after the end', async () => {
    const writer = new ParquetWriter(output, int32);
    await writer.close();
    await expect(writer.close()).rejects.toThrow('the Parquet writer is closed');
  });

  test.each<[ParquetWriterOptions, string]>([
    [{ rowGroupSize: 0 }, 'rowGroupSize is 0'],
    [{ encoding: 'tiny' as 'compact' }, 'tiny is no choice of encodings'],
    [{ compression: 'lzo' as 'zstd' }, 'lzo is no compression'],
    [{ compression: 'snappy', compressionLevel: 1 }, 'compressionLevel of snappy is 1'],
    [{ bloomFilters: ['d'] }, 'there is no column d, for which a bloom filter is asked'],
    [{ sortedBy: [{ column: 'd' }] }, 'the rows cannot be sorted by d'],
  ])('%o', (options, message) => {
    expect(() => new ParquetWriter(output, int32, options)).toThrow(message);
  });
});
