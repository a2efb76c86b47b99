import type { Column } from '../../columns/column.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import type { PageBuffer } from '../memory/page-buffer.ts';
import type { BloomFilter } from '../statistics/bloom-filter.ts';
import type { Bounds } from '../statistics/bounds.ts';

/** The values of one leaf column: a page's at a time, without its null slots, and the dictionary of its chunk. */
export interface LeafValues {
  /** Values of the page that was loaded last. */
  readonly count: number;
  /** Bytes of those values in PLAIN encoding. */
  readonly plainBytes: number;
  /** Bytes of byte arrays among them, without lengths; 0 for other types. */
  readonly byteArrayBytes: number;
  /** The chunk's dictionary; null where the type has none. */
  readonly dictionary: Dictionary | null;

  /** Takes a page's values. They stay in the column's memory or in the scratch, until the next `load` of any leaf. */
  load(column: Column, validity: Uint8Array, nullCount: number): void;
  /** Sets the bounds of the values loaded; of its entries, where the page is `encoded` with the dictionary. */
  scan(bounds: Bounds, encoded: boolean): void;
  /** Writes the values, of which there are some unless the encoding is PLAIN, and returns the position after. */
  write(encoding: number, out: PageBuffer, at: number): number;
  /** Turns the values `from … to` into indices among the kernels', where they have the same positions; false where the dictionary is full. */
  encode(from: number, to: number): boolean;
  /** Adds the values to a bloom filter. */
  addTo(filter: BloomFilter): void;
  /** Adds the dictionary's entries to a bloom filter. */
  addEntriesTo(filter: BloomFilter): void;
}
