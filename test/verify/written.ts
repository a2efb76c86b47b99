import type { EncodedRowGroup } from '../../src/parquet/encoded.ts';
import { ParquetFileWriter } from '../../src/parquet/file/file-writer.ts';
import { type ParquetFileOptions, parquetOptions } from '../../src/parquet/options.ts';
import { RowGroupEncoder } from '../../src/parquet/row-group-encoder.ts';
import { arrowSchemaKey } from '../../src/parquet/schema/arrow-schema.ts';
import type { ExpectedRowGroup } from '../../src/verify/row-group-check.ts';
import { columnOf } from '../parquet/columns.ts';
import type { TestTable } from '../parquet/files.ts';

export interface WrittenFile {
  readonly bytes: Buffer;
  readonly expected: readonly ExpectedRowGroup[];
}

/** Changes a row group between its encoder and the file. */
export type Lie = (rowGroup: EncodedRowGroup, encoder: RowGroupEncoder) => EncodedRowGroup;

/** Writes a table into memory, and gives the checksums that its values had before they were encoded. */
export async function writeInMemory(
  { fields, rowGroups }: TestTable,
  options: Partial<ParquetFileOptions> = {},
  lie: Lie = (rowGroup) => rowGroup,
): Promise<WrittenFile> {
  const all = { ...parquetOptions({}), checksums: true, sortingColumns: [], ...options };
  const chunks: Uint8Array[] = [];
  const output = {
    async write(written: readonly Uint8Array[]) {
      chunks.push(...written.map((chunk) => Uint8Array.from(chunk)));
    },
  };
  const writer = new ParquetFileWriter(output, fields, {
    createdBy: 'ddpp version 0.0.0',
    keyValueMetadata: { 'ARROW:schema': await arrowSchemaKey(fields) },
    ...all,
  });
  const encoder = new RowGroupEncoder(fields, all);
  const expected: ExpectedRowGroup[] = [];
  for (const batches of rowGroups) {
    for (const batch of batches) {
      batch.forEach((values, i) => {
        encoder.appendColumn(i, columnOf(fields[i]!.type, values));
      });
    }
    const rowGroup = encoder.finish(batches.reduce((rows, batch) => rows + batch[0]!.length, 0));
    await writer.writeRowGroup(lie(rowGroup, encoder));
    if (rowGroup.rows > 0) expected.push({ rows: rowGroup.rows, checksums: rowGroup.checksums! });
  }
  await writer.finish();
  return { bytes: Buffer.concat(chunks), expected };
}
