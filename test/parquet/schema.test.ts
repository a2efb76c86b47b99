import { describe, expect, test } from 'vitest';
import type { DataType, Field } from '../../src/types/kinds.ts';
import { python } from '../support/python.ts';
import { readWithDuckDB, readWithPyArrow } from '../support/readers.ts';
import { writeTable } from './files.ts';
import { inspect } from './inspect.ts';

const int32: DataType = { id: 'int', bitWidth: 32, signed: true };
const text: DataType = { id: 'utf8' };

function field(name: string, type: DataType, nullable = true): Field {
  return { name, type, nullable };
}

/** Each type as PyArrow and as DuckDB name it. */
const types: readonly (readonly [DataType, string, string])[] = [
  [{ id: 'bool' }, 'bool', 'BOOLEAN'],
  [{ id: 'int', bitWidth: 8, signed: true }, 'int8', 'TINYINT'],
  [{ id: 'int', bitWidth: 8, signed: false }, 'uint8', 'UTINYINT'],
  [{ id: 'int', bitWidth: 16, signed: true }, 'int16', 'SMALLINT'],
  [{ id: 'int', bitWidth: 16, signed: false }, 'uint16', 'USMALLINT'],
  [int32, 'int32', 'INTEGER'],
  [{ id: 'int', bitWidth: 32, signed: false }, 'uint32', 'UINTEGER'],
  [{ id: 'int', bitWidth: 64, signed: true }, 'int64', 'BIGINT'],
  [{ id: 'int', bitWidth: 64, signed: false }, 'uint64', 'UBIGINT'],
  [{ id: 'float', bitWidth: 32 }, 'float', 'FLOAT'],
  [{ id: 'float', bitWidth: 64 }, 'double', 'DOUBLE'],
  [{ id: 'decimal128', precision: 9, scale: 2 }, 'decimal128(9, 2)', 'DECIMAL(9,2)'],
  [{ id: 'decimal128', precision: 10, scale: 0 }, 'decimal128(10, 0)', 'DECIMAL(10,0)'],
  [{ id: 'decimal128', precision: 19, scale: 19 }, 'decimal128(19, 19)', 'DECIMAL(19,19)'],
  [{ id: 'decimal128', precision: 38, scale: 10 }, 'decimal128(38, 10)', 'DECIMAL(38,10)'],
  [text, 'string', 'VARCHAR'],
  [{ id: 'utf8', annotation: 'json' }, 'extension<arrow.json>', 'VARCHAR'],
  [{ id: 'utf8', annotation: 'enum' }, 'dictionary<values=string, indices=int32, ordered=0>', 'VARCHAR'],
  [{ id: 'binary' }, 'binary', 'BLOB'],
  [{ id: 'fixed_size_binary', byteWidth: 16, annotation: 'uuid' }, 'extension<arrow.uuid>', 'UUID'],
  [{ id: 'fixed_size_binary', byteWidth: 3 }, 'fixed_size_binary[3]', 'BLOB'],
  [{ id: 'date32' }, 'date32[day]', 'DATE'],
  [{ id: 'time64', unit: 'ms' }, 'time32[ms]', 'TIME'],
  [{ id: 'time64', unit: 'us' }, 'time64[us]', 'TIME'],
  [{ id: 'time64', unit: 'ns' }, 'time64[ns]', 'TIME_NS'],
  [{ id: 'timestamp', unit: 'ms', timezone: null }, 'timestamp[ms]', 'TIMESTAMP'],
  [{ id: 'timestamp', unit: 'us', timezone: null }, 'timestamp[us]', 'TIMESTAMP'],
  [{ id: 'timestamp', unit: 'ns', timezone: null }, 'timestamp[ns]', 'TIMESTAMP_NS'],
  [{ id: 'timestamp', unit: 'us', timezone: 'UTC' }, 'timestamp[us, tz=UTC]', 'TIMESTAMP WITH TIME ZONE'],
  [{ id: 'list', element: field('element', int32) }, 'list<element: int32>', 'INTEGER[]'],
  [
    { id: 'list', element: field('element', { id: 'utf8', annotation: 'enum' }, false) },
    'list<element: string not null>',
    'VARCHAR[]',
  ],
  [
    { id: 'struct', fields: [field('x', int32), field('y', { id: 'date32' }, false)] },
    'struct<x: int32, y: date32[day] not null>',
    'STRUCT("x" INTEGER, "y" DATE)',
  ],
  [
    { id: 'map', key: field('key', text, false), value: field('value', int32) },
    "map<string, int32 ('c32')>",
    'MAP(VARCHAR, INTEGER)',
  ],
];

const fields = types.map(([type], i): Field => {
  return { name: `c${i}`, type, nullable: i !== 0, metadata: { comment: `column ${i}, ü` } };
});

describe('the schema that readers see', async () => {
  const path = await writeTable({ fields, rowGroups: [] });

  test.skipIf(python() === null)('PyArrow', () => {
    const [table] = readWithPyArrow([path]);
    expect(table!.schema).toEqual(
      types.map(([, type], i) => ({
        name: `c${i}`,
        type,
        nullable: i !== 0,
        metadata: fields[i]!.metadata,
      })),
    );
  });

  test('DuckDB', async () => {
    const { schema } = await readWithDuckDB(path);
    expect(schema.map(({ type }) => type)).toEqual(types.map(([, , type]) => type));
  });
});

describe('decimals take the fewest bytes that hold their precision', () => {
  test.each([
    [19, 9],
    [20, 9],
    [21, 9],
    [22, 10],
    [28, 12],
    [29, 13],
    [35, 15],
    [36, 16],
    [38, 16],
  ])('precision %i: %i bytes', async (precision, bytes) => {
    const type: DataType = { id: 'decimal128', precision, scale: 0 };
    const largest = String(10n ** BigInt(precision) - 1n);
    const path = await writeTable({ fields: [field('c', type)], rowGroups: [[[[largest, `-${largest}`]]]] });
    const { statistics } = inspect(path)[0]![0]!;
    expect([statistics.min!.length, statistics.max!.length]).toEqual([bytes, bytes]);
    const [read] = (await readWithDuckDB(path)).columns;
    expect(read).toEqual([largest, `-${largest}`]);
  });
});
