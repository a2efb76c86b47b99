import { execFileSync } from 'node:child_process';
import { constants, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { publicZstd, reusedZstd } from '../../src/parquet/compression/zstd.ts';
import { compressed } from './compressed.ts';

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
        for (const frame of [compressed(compressor, page), compressor.compress(page)]) {
          expect(zstdDecompressSync(frame).equals(page)).toBe(true);
          expect(contentSize(frame)).toBe(page.length);
        }
      }),
      { numRuns: 200 },
    );
  });
});

test.each([
  ['snappy', 'snappy'],
  ['lz4_raw', 'lz4-napi'],
])('%s without its package is an error at the start', (codec, missing) => {
  const program = `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier === '${missing}') throw new Error('there is no such package');
        return next(specifier, context);
      },
    });
    const { parquetOptions } = await import('${new URL('../../src/parquet/options.ts', import.meta.url)}');
    parquetOptions({ compression: 'zstd' });
    try {
      parquetOptions({ compression: '${codec}' });
    } catch ({ code, message, hint }) {
      console.log([code, message, hint].join('; '));
    }`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  expect(printed).toBe(
    `unsupported; the codec ${codec} needs the package ${missing}, which cannot be loaded; ` +
      `install it with npm install ${missing}, or choose another codec\n`,
  );
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
