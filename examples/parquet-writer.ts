// Writes record batches of apache-arrow, from wherever they come, into a Parquet file:
// node examples/parquet-writer.ts waves.parquet
import { open } from 'node:fs/promises';
import { type RecordBatch, tableFromArrays } from 'apache-arrow';
import { ParquetWriter } from 'ddpp/parquet';

function wave(first: number): RecordBatch {
  const degrees = Int32Array.from({ length: 10_000 }, (_, i) => first + i);
  const heights = Float64Array.from(degrees, (degree) => Math.sin((degree / 180) * Math.PI));
  return tableFromArrays({ degree: degrees, height: heights }).batches[0]!;
}

const path = process.argv[2] ?? 'waves.parquet';
const file = await open(path, 'w');
// Anything that writes chunks of bytes in order will do. They may be reused once the promise has resolved.
const output = {
  async write(chunks: readonly Uint8Array[]) {
    for (const chunk of chunks) await file.writeFile(chunk);
  },
};

const writer = new ParquetWriter(output, wave(0).schema, {
  encoding: 'compact',
  compressionLevel: 3,
  bloomFilters: ['degree'],
  sortedBy: [{ column: 'degree' }],
  rowGroupSize: 50_000,
});
for (let batch = 0; batch < 12; batch++) await writer.write(wave(10_000 * batch));
const { rows, rowGroups } = await writer.close();
await file.close();
console.log(`${path}: ${rows} rows in ${rowGroups} row groups`);
