/** Memory that the dictionaries of one encoder may take together. */
export class DictionaryBudget {
  private left: number;

  constructor(bytes: number) {
    this.left = bytes;
  }

  /** Whether `bytes` more may be taken; they count as taken then. */
  take(bytes: number): boolean {
    if (bytes > this.left) {
      return false;
    }
    this.left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.left += bytes;
  }
}

/** A dictionary page holds at most this many bytes: beyond, indices and entries cost more than they save. */
export const MAX_DICTIONARY_BYTES = 1 << 20;

/**
 * A value that takes more steps than this to be found means that the values defeat the hash function; the dictionary
 * is given up then.
 */
export const MAX_PROBES = 256;

/** Slots of the smallest hash table, as a power of two. */
export const FIRST_TABLE_BITS = 9;
