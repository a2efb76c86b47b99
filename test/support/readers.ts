import { readFileSync } from 'node:fs';
import * as duckdb from '@duckdb/node-api';
import {
  type FileMetaData,
  parquetMetadata,
  parquetReadObjects,
  parquetSchema,
  type SchemaElement,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { runPython, startPython } from './python.ts';

/**
 * A value as every reader's are compared: integers, dates, times, timestamps and the unscaled integers of decimals as
 * decimal text, floats as the hex of their bits, text as it is, other bytes as hex; lists as arrays, structs as arrays
 * of their members, maps as arrays of pairs.
 */
export type Value = null | boolean | string | readonly Value[];

export interface ReadTable {
  readonly rows: number;
  /** `type` is in the reader's own words. */
  readonly schema: readonly ReadField[];
  /** The values of each column, in file order. */
  readonly columns: readonly (readonly Value[])[];
}

export interface ReadField {
  readonly name: string;
  readonly type: string;
  readonly nullable?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Reads Parquet files, and Arrow IPC files (`.arrow`), with PyArrow, all in one process. Needs the Python that `python()` finds. */
export function readWithPyArrow(paths: readonly string[]): readonly ReadTable[] {
  return readWithPython('pyarrow', paths);
}

/** Reads Parquet files with Polars, which is in the same Python. */
export function readWithPolars(paths: readonly string[]): readonly ReadTable[] {
  return readWithPython('polars', paths);
}

/** Reads Parquet files with PyArrow in a process beside this one. */
export function startPyArrow(paths: readonly string[]): Promise<readonly ReadTable[]> {
  return startPython<ReadTable[]>(pythonProgram(), ['pyarrow', ...paths]);
}

function readWithPython(reader: 'pyarrow' | 'polars', paths: readonly string[]): readonly ReadTable[] {
  return paths.length === 0 ? [] : runPython<ReadTable[]>(pythonProgram(), [reader, ...paths]);
}

function pythonProgram(): string {
  return readFileSync(new URL('./read_parquet.py', import.meta.url), 'utf8');
}

/** Reads a file with DuckDB. */
export async function readWithDuckDB(path: string): Promise<ReadTable> {
  const reader = await DuckDB.open();
  try {
    return await reader.read(path);
  } finally {
    reader.close();
  }
}

/** A DuckDB for many files. */
export class DuckDB {
  readonly #instance: duckdb.DuckDBInstance;
  readonly #connection: duckdb.DuckDBConnection;

  private constructor(instance: duckdb.DuckDBInstance, connection: duckdb.DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open(settings: Readonly<Record<string, string>> = {}): Promise<DuckDB> {
    const instance = await duckdb.DuckDBInstance.create(':memory:', settings);
    return new DuckDB(instance, await instance.connect());
  }

  async read(path: string): Promise<ReadTable> {
    const query = `SELECT * FROM read_parquet('${path.replaceAll("'", "''")}', file_row_number = false)`;
    const reader = await this.#connection.runAndReadAll(query);
    const types = reader.columnTypes();
    const columns = reader.getColumns();
    return {
      rows: reader.currentRowCount,
      schema: reader.columnNames().map((name, i) => ({ name, type: types[i]!.toString() })),
      columns: types.map((type, i) => (columns[i] ?? []).map((value) => fromDuckDB(value, type))),
    };
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

function fromDuckDB(value: duckdb.DuckDBValue, type: duckdb.DuckDBType): Value {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value;
  if (type instanceof duckdb.DuckDBFloatType) return floatBits(value as number, 32);
  if (type instanceof duckdb.DuckDBDoubleType) return floatBits(value as number, 64);
  if (value instanceof duckdb.DuckDBListValue) {
    const element = (type as duckdb.DuckDBListType).valueType;
    return value.items.map((item) => fromDuckDB(item, element));
  }
  if (value instanceof duckdb.DuckDBStructValue) {
    const { entryTypes } = type as duckdb.DuckDBStructType;
    return Object.values(value.entries).map((entry, i) => fromDuckDB(entry, entryTypes[i]!));
  }
  if (value instanceof duckdb.DuckDBMapValue) {
    const map = type as duckdb.DuckDBMapType;
    return value.entries.map((e) => [fromDuckDB(e.key, map.keyType), fromDuckDB(e.value, map.valueType)]);
  }
  return leafFromDuckDB(value);
}

function leafFromDuckDB(value: duckdb.DuckDBValue): Value {
  if (value instanceof duckdb.DuckDBDecimalValue) return String(value.value);
  if (value instanceof duckdb.DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex');
  if (value instanceof duckdb.DuckDBUUIDValue) return value.toString().replaceAll('-', '');
  if (value instanceof duckdb.DuckDBDateValue) return String(value.days);
  if (value instanceof duckdb.DuckDBTimeValue) return String(value.micros);
  if (value instanceof duckdb.DuckDBTimeNSValue) return String(value.nanos);
  if (value instanceof duckdb.DuckDBTimestampValue) return String(value.micros);
  if (value instanceof duckdb.DuckDBTimestampTZValue) return String(value.micros);
  if (value instanceof duckdb.DuckDBTimestampMillisecondsValue) return String(value.millis);
  if (value instanceof duckdb.DuckDBTimestampNanosecondsValue) return String(value.nanos);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new TypeError(`no canonical form for DuckDB's ${value?.constructor.name}`);
}

/** Reads a file with hyparquet: the stored values, without its conversions to dates and to doubles, which lose bits. */
export async function readWithHyparquet(path: string): Promise<ReadTable> {
  const bytes = readFileSync(path);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const metadata = parquetMetadata(buffer);
  const trees = parquetSchema(metadata).children;
  const rows = await parquetReadObjects({
    file: buffer,
    metadata: withoutConversions(metadata),
    compressors,
    utf8: false,
  });
  return {
    rows: Number(metadata.num_rows),
    schema: trees.map(({ element }) => ({
      name: element.name,
      type: element.logical_type?.type ?? element.type ?? 'GROUP',
      nullable: element.repetition_type === 'OPTIONAL',
    })),
    columns: trees.map((tree) => rows.map((row) => fromHyparquet(row[tree.element.name], tree))),
  };
}

/** Leaves the annotations that text and lists need. */
function withoutConversions(metadata: FileMetaData): FileMetaData {
  const kept = new Set(['STRING', 'LIST']);
  const schema = metadata.schema.map((element): SchemaElement => {
    if (kept.has(element.logical_type?.type ?? '')) return element;
    const { converted_type: _1, logical_type: _2, scale: _3, precision: _4, ...stored } = element;
    return stored;
  });
  return { ...metadata, schema };
}

function fromHyparquet(value: unknown, { element, children }: SchemaTree): Value {
  if (value === null || value === undefined) return null;
  switch (element.logical_type?.type) {
    case 'LIST':
      return (value as unknown[]).map((item) => fromHyparquet(item, children[0]!.children[0]!));
    case 'MAP': {
      const [key, item] = children[0]!.children;
      const pairs = (value as { key_value: { key: unknown; value: unknown }[] }).key_value;
      return pairs.map((pair) => [fromHyparquet(pair.key, key!), fromHyparquet(pair.value, item!)]);
    }
    case 'STRING':
      return value as string;
    case 'JSON':
      return Buffer.from(value as Uint8Array).toString('utf8');
    case 'DECIMAL':
      return value instanceof Uint8Array ? bigEndianInteger(value) : String(value);
    default:
      return children.length > 0
        ? children.map((child) =>
            fromHyparquet((value as Record<string, unknown>)[child.element.name], child),
          )
        : leafFromHyparquet(value, element);
  }
}

function leafFromHyparquet(value: unknown, { type, logical_type }: SchemaElement): Value {
  if (type === 'BOOLEAN') return value as boolean;
  if (type === 'FLOAT') return floatBits(value as number, 32);
  if (type === 'DOUBLE') return floatBits(value as number, 64);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  const integer = BigInt(value as number | bigint);
  const unsigned = logical_type?.type === 'INTEGER' && !logical_type.isSigned;
  return String(unsigned ? BigInt.asUintN(type === 'INT64' ? 64 : 32, integer) : integer);
}

function bigEndianInteger(bytes: Uint8Array): string {
  return String(BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString('hex')}`)));
}

/** A float's bits in hex, most significant first. */
export function floatBits(value: number, bitWidth: 32 | 64): string {
  const bytes = Buffer.alloc(bitWidth / 8);
  if (bitWidth === 32) bytes.writeFloatBE(value);
  else bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}
