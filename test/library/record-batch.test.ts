import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordBatchFileWriter, Table } from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { RecordBatchConverter } from '../../src/arrow/record-batch.ts';
import { childFields, type DataType, type Field } from '../../src/types/kinds.ts';
import { anyTable, leafTypes, tableOf } from '../parquet/arbitraries.ts';
import { columnOf } from '../parquet/columns.ts';
import { columnsOf, type TestTable } from '../parquet/files.ts';
import { python } from '../support/python.ts';
import { readWithPyArrow, type Value } from '../support/readers.ts';

const folder = mkdtempSync(join(tmpdir(), 'ddpp-arrow-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Arrow has no such type in 8 bytes, and no Postgres type becomes one. */
function hasTimeInMilliseconds(type: DataType): boolean {
  if (type.id === 'time64') return type.unit === 'ms';
  return childFields(type).some((field) => hasTimeInMilliseconds(field.type));
}

function toArrow({ fields, rowGroups }: TestTable): Table {
  const converter = new RecordBatchConverter(fields);
  const batches = rowGroups.flat().map((columns) =>
    converter.convert({
      rows: columns[0]!.length,
      columns: columns.map((values, i) => columnOf(fields[i]!.type, values)),
    }),
  );
  return new Table([converter.empty(), ...batches]);
}

const everyLeaf = leafTypes
  .filter((type) => !hasTimeInMilliseconds(type))
  .map((type, i): Field => ({ name: `c${i}`, type, nullable: true }));
const anyArrowTable = anyTable.filter(
  ({ fields }) => !fields.some(({ type }) => hasTimeInMilliseconds(type)),
);

test.skipIf(python() === null)(
  'random batches, sent as Arrow IPC, come back from PyArrow value by value',
  () => {
    const options = { seed: 20260601 };
    const tables = [
      ...fc.sample(anyArrowTable, { ...options, numRuns: 80 }),
      ...fc.sample(tableOf(everyLeaf), { ...options, numRuns: 6 }),
    ];
    const paths = tables.map((table, i) => {
      const path = join(folder, `${i}.arrow`);
      writeFileSync(path, RecordBatchFileWriter.writeAll(toArrow(table)).toUint8Array(true));
      return path;
    });
    const read = readWithPyArrow(paths);
    expect(tables.flatMap(columnsOf).flat().length).toBeGreaterThan(5000);
    tables.forEach((table, t) => {
      expect(read[t]!.columns, `table ${t}, ${JSON.stringify(table.fields)}`).toEqual(columnsOf(table));
    });
  },
);

describe('a dictionary', () => {
  const fields: Field[] = [{ name: 'mood', type: { id: 'utf8', annotation: 'enum' }, nullable: true }];
  const batch = (values: readonly Value[]) => ({
    rows: values.length,
    columns: [columnOf(fields[0]!.type, values)],
  });

  test('grows from batch to batch, and indices keep their meaning', () => {
    const converter = new RecordBatchConverter(fields);
    const first = converter.convert(batch(['happy', null, 'sad', 'happy']));
    const second = converter.convert(batch(['froh 🙂', '', 'sad']));
    const dictionary = (one: typeof first) => [...one.data.children[0]!.dictionary!];
    const indices = (one: typeof first) => [...(one.data.children[0]!.values as Int32Array)];
    expect([dictionary(first), dictionary(second)]).toEqual([
      ['happy', 'sad'],
      ['happy', 'sad', 'froh 🙂', ''],
    ]);
    expect([indices(first), indices(second)]).toEqual([
      [0, 0, 1, 0],
      [2, 3, 1],
    ]);
    expect([...new Table([first, second]).getChild('mood')!]).toEqual([
      'happy',
      null,
      'sad',
      'happy',
      'froh 🙂',
      '',
      'sad',
    ]);
  });
});

test('the memory of flat columns is handed on as it is', () => {
  const fields: Field[] = [
    { name: 'n', type: { id: 'int', bitWidth: 64, signed: true }, nullable: true },
    { name: 's', type: { id: 'utf8' }, nullable: true },
  ];
  const n = columnOf(fields[0]!.type, ['1', null, '-3']);
  const s = columnOf(fields[1]!.type, ['a', 'bc', null]);
  const [numbers, strings] = new RecordBatchConverter(fields).convert({ rows: 3, columns: [n, s] }).data
    .children;
  if (n.layout !== 'fixed' || s.layout !== 'bytes') throw new TypeError('other layouts than expected');
  expect((numbers!.values as BigInt64Array).buffer).toBe(n.values.buffer);
  expect(numbers!.nullBitmap.buffer).toBe(n.validity.buffer);
  expect((strings!.values as Uint8Array).buffer).toBe(s.data.buffer);
  expect(strings!.valueOffsets.buffer).toBe(s.offsets.buffer);
});
