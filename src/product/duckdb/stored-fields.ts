import { MessageReader } from 'apache-arrow';
import { fromArrowSchema } from '../../arrow/from-record-batch.ts';
import { ExportError } from '../../errors.ts';
import type { DataType, Field } from '../../types/kinds.ts';
import { type DuckDB, fewRows, literal } from './duckdb.ts';

/** What a Parquet file of this program says of itself. */
export interface StoredFile {
  readonly fields: readonly Field[];
  /** The key-value metadata, without the Arrow schema and the checksums, which the writer adds. */
  readonly metadata: Readonly<Record<string, string>>;
}

const ARROW_SCHEMA = 'ARROW:schema';
const CHECKSUM = /^ddpp:\w+_crc32$/;

/**
 * The fields that a file was written with: types and metadata as its Arrow schema has them, and what only the Parquet
 * schema says, which is JSON and which UUID. Throws `ExportError` (`corrupt`) for a file without an Arrow schema.
 */
export async function storedFile(duckdb: DuckDB, path: string): Promise<StoredFile> {
  const file = literal(path);
  const pairs = await fewRows(duckdb, `SELECT decode(key), decode(value) FROM parquet_kv_metadata(${file})`);
  const { [ARROW_SCHEMA]: schema, ...others } = Object.fromEntries(pairs) as Record<string, string>;
  if (schema === undefined) {
    throw new ExportError('corrupt', `${path} has no Arrow schema: it is not a file of ddpp`, {
      stage: 'verify',
      hint: 'name products that fast-export has made',
    });
  }
  const annotations = await fewRows(duckdb, `SELECT logical_type FROM parquet_schema(${file}) OFFSET 1`);
  const elements = annotations.map(([text]) => text ?? '').values();
  const arrow = new MessageReader(Buffer.from(schema, 'base64')).readSchema()!;
  return {
    fields: fromArrowSchema(arrow).map((field) => annotated(field, elements)),
    metadata: withoutChecksums(others),
  };
}

function withoutChecksums(metadata: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !CHECKSUM.test(name)));
}

/** `elements`: the annotations of the Parquet schema, depth first ("Nested Types" in LogicalTypes.md). */
function annotated(field: Field, elements: Iterator<string>): Field {
  const own = next(elements);
  return { ...field, type: withAnnotation(field.type, own, elements) };
}

function withAnnotation(type: DataType, own: string, elements: Iterator<string>): DataType {
  switch (type.id) {
    case 'list':
      next(elements);
      return { ...type, element: annotated(type.element, elements) };
    case 'map': {
      next(elements);
      const key = annotated(type.key, elements);
      return { ...type, key, value: annotated(type.value, elements) };
    }
    case 'struct':
      return { ...type, fields: type.fields.map((member) => annotated(member, elements)) };
    case 'utf8':
      return own.startsWith('Json') ? { ...type, annotation: 'json' } : type;
    case 'fixed_size_binary':
      return own.startsWith('UUID') ? { ...type, annotation: 'uuid' } : type;
    default:
      return type;
  }
}

function next(elements: Iterator<string>): string {
  return elements.next().value as string;
}
