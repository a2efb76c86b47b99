import { crc32 } from 'node:zlib';

/** Numbers that a leaf column's checksum consists of. */
export const CHECKSUM_WORDS = 3;

/**
 * The checksum of one leaf column's values in one row group: three CRC-32s (zlib's), which depend on nothing but the
 * values: not on pages, dictionaries, encodings or codecs.
 *
 * The canonical form has three streams of bytes, a CRC each:
 *
 * 1. definitions: one byte per entry, its definition level; empty where the greatest level is 0
 * 2. repetitions: one byte per entry, its repetition level; empty where the greatest level is 0
 * 3. values: those that are not null, in PLAIN encoding of the Parquet type, one behind the other: integers and floats
 *    little-endian, byte arrays behind their length in 4 bytes, fixed-size ones as they are; booleans as bytes, 0 or 1
 */
export class LeafChecksum {
  #definitions = 0;
  #repetitions = 0;
  #values = 0;

  addDefinitions(levels: Uint8Array): void {
    this.#definitions = crc32(levels, this.#definitions);
  }

  addRepetitions(levels: Uint8Array): void {
    this.#repetitions = crc32(levels, this.#repetitions);
  }

  addValues(plain: Uint8Array): void {
    this.#values = crc32(plain, this.#values);
  }

  /** The three CRCs; starts afresh then. */
  take(): readonly [definitions: number, repetitions: number, values: number] {
    const taken = [this.#definitions, this.#repetitions, this.#values] as const;
    this.#definitions = 0;
    this.#repetitions = 0;
    this.#values = 0;
    return taken;
  }
}
