import { crc32 } from 'node:zlib';
import { Encoding, encodingName } from '../encodings/encoding.ts';
import { Problem } from '../problem.ts';
import type { Leaf } from '../schema/file-schema.ts';
import { type Decompress, MAX_PAGE_BYTES } from './decompress.ts';
import type { DataPage, Page } from './page-header.ts';

/** A range of bytes. */
export interface Part {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly end: number;
}

/** A data page's parts; levels that there are none of are null. */
export interface PageParts {
  readonly repetitions: Part | null;
  readonly definitions: Part | null;
  readonly values: { readonly bytes: Uint8Array; readonly from: number };
}

/** Checks the page's checksum, where it has one, and unpacks it as a whole. */
export function unpackPage(page: Page, stored: Uint8Array, decompress: Decompress): Uint8Array {
  checkStored(page, stored);
  return decompress(stored, page.uncompressedLength);
}

/** Checks and unpacks a data page, and finds its levels and values. Throws `Problem`. */
export function unpackDataPage(
  page: Page,
  data: DataPage,
  stored: Uint8Array,
  decompress: Decompress,
  leaf: Leaf,
): PageParts {
  checkStored(page, stored);
  if (data.v2 !== null) return partsOfV2(page, data.v2, stored, decompress, leaf);
  for (const [max, encoding] of [
    [leaf.maxRepetition, data.levelEncodings.repetition],
    [leaf.maxDefinition, data.levelEncodings.definition],
  ] as const) {
    if (max > 0 && encoding !== Encoding.rle) {
      throw new Problem(`its levels are in ${encodingName(encoding)}, which cannot be checked`);
    }
  }
  const bytes = decompress(stored, page.uncompressedLength);
  const repetitions = leaf.maxRepetition > 0 ? lengthPrefixed(bytes, 0) : null;
  const from = repetitions?.end ?? 0;
  const definitions = leaf.maxDefinition > 0 ? lengthPrefixed(bytes, from) : null;
  return { repetitions, definitions, values: { bytes, from: definitions?.end ?? from } };
}

function checkStored({ crc, uncompressedLength }: Page, stored: Uint8Array): void {
  if (crc !== undefined && crc32(stored) !== crc >>> 0) throw new Problem('its checksum is wrong');
  if (uncompressedLength > MAX_PAGE_BYTES) {
    throw new Problem(
      `it claims ${uncompressedLength} bytes; pages beyond ${MAX_PAGE_BYTES} cannot be checked`,
    );
  }
}

function lengthPrefixed(bytes: Uint8Array, at: number): Part {
  if (at + 4 > bytes.length) throw new Problem('it ends within the length of its levels');
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
  if (length > bytes.length - at - 4) throw new Problem('it ends within its levels');
  return { bytes, from: at + 4, end: at + 4 + length };
}

function partsOfV2(
  page: Page,
  v2: NonNullable<DataPage['v2']>,
  stored: Uint8Array,
  decompress: Decompress,
  leaf: Leaf,
): PageParts {
  const { repetitionBytes, definitionBytes, compressed } = v2;
  const levels = repetitionBytes + definitionBytes;
  if (levels > stored.length || levels > page.uncompressedLength)
    throw new Problem('it ends within its levels');
  if (leaf.maxRepetition === 0 && repetitionBytes > 0)
    throw new Problem('it has repetition levels, but no lists');
  if (leaf.maxDefinition === 0 && definitionBytes > 0)
    throw new Problem('it has definition levels, but no nulls');
  const size = page.uncompressedLength - levels;
  const rest = stored.subarray(levels);
  if (!compressed && rest.length !== size) {
    throw new Problem(`it has ${rest.length} bytes that are not compressed, its header says ${size}`);
  }
  return {
    repetitions: leaf.maxRepetition > 0 ? { bytes: stored, from: 0, end: repetitionBytes } : null,
    definitions: leaf.maxDefinition > 0 ? { bytes: stored, from: repetitionBytes, end: levels } : null,
    values: { bytes: compressed && rest.length > 0 ? decompress(rest, size) : rest, from: 0 },
  };
}
