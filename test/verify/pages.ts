import { copying } from '../../src/parquet/compression/compressor.ts';
import type { EncodedChunk, EncodedRowGroup } from '../../src/parquet/encoded.ts';
import { Arena, ownMemory } from '../../src/parquet/memory/arena.ts';
import { PageWriter } from '../../src/parquet/page-writer.ts';

/** Runs of levels of one bit or two, as data pages of version 1 have them: behind their length. */
export function levels(...runs: readonly (readonly [count: number, level: number])[]): Buffer {
  const bytes = Buffer.from(runs.flatMap(([count, level]) => [2 * count, level]));
  return Buffer.concat([ints(bytes.length), bytes]);
}

export function ints(...values: readonly number[]): Buffer {
  return Buffer.from(Int32Array.from(values).buffer);
}

/** A PLAIN text. */
export function text(bytes: string | Buffer): Buffer {
  return Buffer.concat([ints(Buffer.from(bytes).length), Buffer.from(bytes)]);
}

export interface MadePage {
  readonly body: Uint8Array;
  readonly values: number;
  readonly encoding: number;
  /** What is compressed instead of the body. */
  readonly instead?: Uint8Array;
  readonly dictionary?: true;
}

/** Puts pages made by hand, with headers and checksums as they should be, in the place of a chunk's own ones. */
export function withPages(
  rowGroup: EncodedRowGroup,
  leaf: number,
  pages: readonly MadePage[],
): EncodedRowGroup {
  const arena = new Arena(ownMemory);
  const places = pages.map(({ body, values, encoding, instead, dictionary }) => {
    const writer = new PageWriter(
      arena,
      copying((input) => instead ?? input),
    );
    return dictionary ? writer.dictionary(body, values) : writer.data(body, values, encoding);
  });
  const blocks = [...rowGroup.blocks, ...arena.take()];
  const first = rowGroup.blocks.length;
  const data = pages.filter((page) => !page.dictionary);
  const chunk: EncodedChunk = {
    ...rowGroup.chunks[leaf]!,
    pages: Int32Array.from(places.flatMap(({ block, offset, length }) => [first + block, offset, length])),
    uncompressedBytes: places.reduce((sum, page) => sum + page.uncompressedBytes, 0),
    hasDictionary: data.length < pages.length,
    dataPages: data.map(({ encoding }) => ({ encoding, pages: 1 })),
  };
  return withChunk({ ...rowGroup, blocks }, leaf, chunk);
}

/** Changes what is said of a chunk. */
export function withChunk(
  rowGroup: EncodedRowGroup,
  leaf: number,
  change: Partial<EncodedChunk>,
): EncodedRowGroup {
  const chunks = rowGroup.chunks.map((chunk, i) => (i === leaf ? { ...chunk, ...change } : chunk));
  return { ...rowGroup, chunks };
}
