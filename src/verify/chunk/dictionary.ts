import type { Block } from '../encodings/block.ts';
import { BLOCK_VALUES } from '../encodings/block.ts';
import { Encoding, encodingName } from '../encodings/encoding.ts';
import { HybridReader } from '../encodings/hybrid.ts';
import { decodeValues } from '../encodings/values.ts';
import type { ValueObserver } from '../observers/observer.ts';
import { Problem } from '../problem.ts';
import type { Leaf } from '../schema/file-schema.ts';
import { Physical } from '../schema/physical.ts';
import type { DictionaryPage } from './page-header.ts';

/** The entries of a dictionary page, kept for the chunk's other pages. Throws `Problem`. */
export function readDictionary(page: DictionaryPage, body: Uint8Array, leaf: Leaf): Block {
  if (page.encoding !== Encoding.plain && page.encoding !== Encoding.plainDictionary) {
    throw new Problem(`the dictionary is in ${encodingName(page.encoding)}`);
  }
  if (leaf.physical === Physical.boolean) throw new Problem('there are no dictionaries of booleans');
  // A copy: what was not compressed lies in memory that the next page is read into, and typed arrays need its alignment.
  const values = { bytes: body.slice(), from: 0, count: page.values };
  for (const block of decodeValues(Encoding.plain, leaf, values)) return block;
  throw new Problem('the dictionary has no block of values');
}

const indices = new Int32Array(BLOCK_VALUES);

/** Reads a page's indices into the dictionary, each of which must be in range (Encodings.md, "Dictionary Encoding"). */
export function readIndices(
  dictionary: Block,
  { bytes, from }: { readonly bytes: Uint8Array; readonly from: number },
  count: number,
  observers: readonly ValueObserver[],
): void {
  const width = bytes[from];
  if (width === undefined) {
    if (count > 0) throw new Problem('it ends before the width of its indices');
    return;
  }
  if (width > 32) throw new Problem(`its indices have ${width} bits`);
  const reader = new HybridReader(bytes, from + 1, bytes.length, width);
  const entries = dictionary.count;
  for (let done = 0; done < count; done += BLOCK_VALUES) {
    const size = Math.min(BLOCK_VALUES, count - done);
    reader.read(indices, size);
    for (let i = 0; i < size; i++) {
      if (indices[i]! >>> 0 >= entries) {
        throw new Problem(
          `it has the dictionary index ${indices[i]! >>> 0}, the dictionary has ${entries} entries`,
        );
      }
    }
    for (const observer of observers) observer.entries(dictionary, indices, size);
  }
  reader.finish();
}
