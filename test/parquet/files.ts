import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Column } from '../../src/columns/column.ts';
import { ParquetFileWriter } from '../../src/parquet/file/file-writer.ts';
import { type ParquetFileOptions, parquetOptions } from '../../src/parquet/options.ts';
import { RowGroupEncoder } from '../../src/parquet/row-group-encoder.ts';
import { arrowSchemaKey } from '../../src/parquet/schema/arrow-schema.ts';
import type { Field } from '../../src/types/kinds.ts';
import type { Value } from '../support/readers.ts';
import { columnOf } from './columns.ts';

/** A table to write: its row groups' batches, each with the values of every column. */
export interface TestTable {
  readonly fields: readonly Field[];
  readonly rowGroups: readonly (readonly Batch[])[];
}

export type Batch = readonly (readonly Value[])[];

const directory = mkdtempSync(join(tmpdir(), 'ddpp-parquet-'));
let files = 0;

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Writes a table to a new file and returns its path. */
export async function writeTable(
  table: TestTable,
  options: Partial<ParquetFileOptions> = {},
): Promise<string> {
  const { fields } = table;
  const all = { ...parquetOptions({}), sortingColumns: [], ...options };
  const chunks: Uint8Array[] = [];
  const output = {
    // The writer may reuse the bytes afterwards.
    async write(written: readonly Uint8Array[]) {
      chunks.push(...written.map((chunk) => chunk.slice()));
    },
  };
  const writer = new ParquetFileWriter(output, fields, {
    ...all,
    createdBy: 'ddpp version 0.0.0',
    keyValueMetadata: { 'ARROW:schema': await arrowSchemaKey(fields) },
  });
  const encoder = new RowGroupEncoder(fields, all);
  const recycled: Column[] = [];
  for (const batches of table.rowGroups) {
    for (const batch of batches) {
      batch.forEach((values, i) => {
        const column = columnOf(fields[i]!.type, values);
        recycled[i] = i in recycled ? inMemoryOf(recycled[i]!, column) : column;
        encoder.appendColumn(i, recycled[i]!);
      });
    }
    await writer.writeRowGroup(encoder.finish(batches.reduce((rows, batch) => rows + batch[0]!.length, 0)));
  }
  const { bytes } = await writer.finish();
  const path = join(directory, `${files++}.parquet`);
  const contents = Buffer.concat(chunks);
  if (contents.length !== bytes) throw new Error(`${contents.length} bytes written, ${bytes} counted`);
  writeFileSync(path, contents);
  return path;
}

/** The column in the arrays of an earlier one, where they are as long: as the decoder uses them again and again. */
function inMemoryOf(earlier: Column, column: Column): Column {
  const entries = Object.entries(column).map(([name, value]) => {
    const before = earlier[name as keyof Column] as unknown;
    if (!ArrayBuffer.isView(value) || !ArrayBuffer.isView(before) || before.byteLength !== value.byteLength)
      return [name, value];
    new Uint8Array(before.buffer, before.byteOffset, before.byteLength).set(
      new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
    );
    return [name, before];
  });
  return Object.fromEntries(entries);
}

/** A file of one column, one row group, one batch. */
export function writeColumn(
  field: Field,
  values: readonly Value[],
  options: Partial<ParquetFileOptions> = {},
): Promise<string> {
  return writeTable({ fields: [field], rowGroups: [[[values]]] }, options);
}

/** The values of each column, all row groups together. */
export function columnsOf({ fields, rowGroups }: TestTable): Value[][] {
  return fields.map((_, i) => rowGroups.flat().flatMap((batch) => batch[i]!));
}
