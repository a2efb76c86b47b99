import { constants, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { publicZstd, reusedZstd } from '../../src/parquet/zstd.ts';

const pages = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.tuple(fc.nat(300_000), fc.nat(255)).map(([length, step]) => {
    return new Uint8Array(length).map((_, i) => Math.imul(i, i * step) >> 8);
  }),
  // What zstd cannot compress takes more than its own size.
  fc.nat(200_000).map((length) => {
    let state = length;
    return new Uint8Array(length).map(() => {
      state = Math.imul(state, 1664525) + 1013904223;
      return state >>> 24;
    });
  }),
);

describe('zstd', () => {
  test('runs in a reused context on the Node.js that the tests run on', () => {
    expect(reusedZstd({})).not.toBeNull();
  });

  test.each([
    ['reused', reusedZstd],
    ['public', publicZstd],
  ])('%s: every page is a frame of its own, which states its size', (_, create) => {
    const compressors = [1, 3, 9].map((level) => create({ [constants.ZSTD_c_compressionLevel]: level })!);
    fc.assert(
      fc.property(pages, fc.constantFrom(...compressors), (page, compressor) => {
        const frame = compressor.compress(page);
        expect(zstdDecompressSync(frame).equals(page)).toBe(true);
        expect(contentSize(frame)).toBe(page.length);
      }),
      { numRuns: 200 },
    );
  });
});

/** `Frame_Content_Size` (RFC 8878, 3.1.1.1). */
function contentSize(frame: Uint8Array): number | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const descriptor = view.getUint8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const at = singleSegment ? 5 : 6;
  switch (descriptor >> 6) {
    case 0:
      return singleSegment ? view.getUint8(at) : undefined;
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}
