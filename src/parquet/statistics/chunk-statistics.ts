import { CompactWriter, ThriftType } from '../file/thrift.ts';
import type { LeafSchema } from '../schema/schema.ts';
import type { Bounds } from './bounds.ts';

/** The serialized `Statistics` of a chunk. */
export function serializeStatistics(bounds: Bounds, nulls: number): Uint8Array<ArrayBuffer> {
  const out = new CompactWriter();
  out.fieldI64(3, nulls);
  if (bounds.known) {
    out.fieldBinary(5, bounds.max.subarray(0, bounds.maxLength));
    out.fieldBinary(6, bounds.min.subarray(0, bounds.minLength));
    out.fieldBool(7, bounds.maxExact);
    out.fieldBool(8, bounds.minExact);
  }
  out.endStruct();
  return out.take();
}

/**
 * What a chunk's values take in memory: bytes of byte arrays, and how often each level occurs. Levels of columns that
 * are not nested follow from the null count, so nothing is said of them.
 */
export class SizeStatistics {
  private readonly byteArrays: boolean;
  private readonly nested: boolean;
  private readonly definitions: Float64Array;
  private readonly repetitions: Float64Array;
  private byteArrayBytes = 0;

  constructor(leaf: LeafSchema, byteArrays: boolean) {
    this.byteArrays = byteArrays;
    this.nested = leaf.maxDefinition > 1 || leaf.maxRepetition > 0;
    this.definitions = new Float64Array(leaf.maxDefinition + 1);
    this.repetitions = new Float64Array(leaf.maxRepetition + 1);
  }

  addBytes(bytes: number): void {
    this.byteArrayBytes += bytes;
  }

  addLevels(definitions: Int32Array, repetitions: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      this.definitions[definitions[i]!]!++;
      this.repetitions[repetitions[i]!]!++;
    }
  }

  /** The serialized statistics, null where they would be empty; starts afresh then. */
  take(): Uint8Array<ArrayBuffer> | null {
    if (!this.byteArrays && !this.nested) {
      return null;
    }
    const out = new CompactWriter();
    if (this.byteArrays) {
      out.fieldI64(1, this.byteArrayBytes);
    }
    if (this.nested) {
      histogram(out, 2, this.repetitions);
      histogram(out, 3, this.definitions);
    }
    out.endStruct();
    this.byteArrayBytes = 0;
    this.definitions.fill(0);
    this.repetitions.fill(0);
    return out.take();
  }
}

/** A histogram says nothing where only level 0 exists. */
function histogram(out: CompactWriter, id: number, counts: Float64Array): void {
  if (counts.length > 1) {
    out.fieldList(id, ThriftType.i64, counts.length);
    for (const count of counts) {
      out.integer(count);
    }
  }
}
