import { open } from 'node:fs/promises';
import { FileBytes } from '../../verify/file-bytes.ts';
import { type Footer, readFooter } from '../../verify/footer.ts';
import { CompactReader } from '../../verify/thrift/compact-reader.ts';
import { rowGroupKind } from '../../verify/thrift/metadata.ts';
import { manifestFields } from '../manifest/fields.ts';
import type { ManifestField } from '../manifest/manifest.ts';

/** What a Parquet file of ddpp says of its columns. */
export interface FileFacts {
  readonly fields: readonly ManifestField[];
  /** NULLs of the columns that are not nested, by name. */
  readonly nulls: ReadonlyMap<string, number>;
}

/** Reads the footer of a file that `verifyFile` has found good. */
export async function fileFacts(path: string): Promise<FileFacts> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const read = async (into: Uint8Array, position: number) =>
      (await handle.read(into, 0, into.length, position)).bytesRead;
    const footer = await readFooter(new FileBytes({ size, read }), new Set());
    return { fields: manifestFields(await arrowFields(footer)), nulls: nullCounts(footer) };
  } finally {
    await handle.close();
  }
}

async function arrowFields({ metadata }: Footer) {
  const key = metadata.key_value_metadata?.find((entry) => entry.key === 'ARROW:schema')?.value;
  const { MessageReader } = await import('apache-arrow');
  const { fromArrowSchema } = await import('../../arrow/from-record-batch.ts');
  const message = Buffer.from(Buffer.from(key ?? []).toString('latin1'), 'base64');
  const schema = new MessageReader(message).readSchema();
  return schema ? fromArrowSchema(schema) : [];
}

function nullCounts({ metadata, bytes }: Footer): Map<string, number> {
  const counts = new Map<string, number>();
  for (const position of metadata.row_groups) {
    const { columns } = rowGroupKind.read(new CompactReader(bytes, position));
    for (const { meta_data: column } of columns) {
      const [name, ...rest] = column?.path_in_schema ?? [];
      if (name === undefined || rest.length > 0) continue;
      counts.set(name, (counts.get(name) ?? 0) + (column?.statistics?.null_count ?? 0));
    }
  }
  return counts;
}
