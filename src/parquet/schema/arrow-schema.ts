import type { Field } from '../../types/kinds.ts';

/**
 * The value of the footer's `ARROW:schema` key: the schema as an encapsulated Arrow IPC message, in base64. The first
 * call imports `apache-arrow`, which takes some 60 ms.
 */
export async function arrowSchemaKey(fields: readonly Field[]): Promise<string> {
  const { RecordBatchStreamWriter, Table } = await import('apache-arrow');
  const { toArrowSchema } = await import('../../arrow/to-arrow.ts');
  const stream = new RecordBatchStreamWriter().writeAll(new Table(toArrowSchema(fields))).toUint8Array(true);
  // The schema's message comes first: continuation marker, length of the metadata, metadata.
  const view = new DataView(stream.buffer, stream.byteOffset);
  return Buffer.from(stream.subarray(0, 8 + view.getInt32(4, true))).toString('base64');
}
