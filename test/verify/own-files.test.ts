import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Compression, codecs } from '../../src/parquet/compression/compress.ts';
import { verifyFile } from '../../src/verify/verify-file.ts';
import { anyTable, leafTypes, optional } from '../parquet/arbitraries.ts';
import { writeTable } from '../parquet/files.ts';
import { verifyBytes } from './in-memory.ts';
import { writeInMemory } from './written.ts';

const compressions = Object.keys(codecs) as Compression[];

test('random tables of all types, nested ones too, in all encodings and codecs, pass', async () => {
  const options = fc.record({
    encoding: fc.constantFrom('compatible' as const, 'compact' as const),
    compression: fc.constantFrom(...compressions),
    filters: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(anyTable, options, async (table, { encoding, compression, filters }) => {
      const names = table.fields.filter(({ type }) => type.id !== 'bool').map(({ name }) => name);
      const { bytes, expected } = await writeInMemory(table, {
        encoding,
        compression,
        compressionLevel: codecs[compression].defaultLevel,
        bloomFilters: filters ? names : [],
      });
      const rows = table.rowGroups.flat().reduce((sum, batch) => sum + batch[0]!.length, 0);
      // The checksums that were made of the batches are those of the file's values.
      expect(await verifyBytes(bytes, { expected })).toMatchObject({ rows, notChecked: [] });
    }),
    { numRuns: 80 },
  );
});

test.each(['compatible', 'compact'] as const)(
  'many values of each type in %s encoding pass',
  async (encoding) => {
    for (const type of leafTypes) {
      const field = { name: 'c', type, nullable: true };
      const values = fc.sample(
        fc.array(optional(field), { minLength: 3000, maxLength: 3000, size: 'max' }),
        1,
      )[0]!;
      const repeated = values.map((_, i) => values[i % 20]!);
      const table = {
        fields: [field],
        rowGroups: [
          [[values], [repeated]],
          [[repeated], [values]],
        ],
      };
      const { bytes, expected } = await writeInMemory(table, { encoding });
      expect(await verifyBytes(bytes, { expected })).toMatchObject({ rows: 12_000, notChecked: [] });
    }
  },
);

test('the report counts what is in the file', async () => {
  const field = { name: 'c', type: { id: 'bool' } as const, nullable: true };
  const path = await writeTable({
    fields: [field, { ...field, name: 'd' }],
    rowGroups: [[[[true], [null]]], [[[null], [null]]]],
  });
  const { bytes, ...report } = await verifyFile(path);
  expect(report).toEqual({
    rows: 2,
    rowGroups: 2,
    columns: 2,
    pages: 4,
    createdBy: 'ddpp version 0.0.0',
    notChecked: [],
  });
  expect(bytes).toBeGreaterThan(200);
});
