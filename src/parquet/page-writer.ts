import { crc32 } from 'node:zlib';
import { type Compressor, compressedBound } from './compression/compressor.ts';
import { Encoding } from './encodings/value-encodings.ts';
import { CompactWriter } from './file/thrift.ts';
import type { Arena, Place } from './memory/arena.ts';

/** More than a page header takes: eight numbers of at most six bytes with their ids, a struct's id and two ends. */
const HEADER_ROOM = 64;

export const PageType = { data: 0, dictionary: 2 } as const;

/** A page that lies in the arena. */
export interface WrittenPage extends Place {
  /** Bytes before compression, the header included. */
  readonly uncompressedBytes: number;
  /** Of its values. */
  readonly encoding: number;
}

/** Compresses pages, puts their headers before them, and keeps them in the arena. */
export class PageWriter {
  /** What pages are compressed with that do not ask for something else. */
  readonly compressor: Compressor;
  private readonly arena: Arena;
  private readonly header = new CompactWriter();

  constructor(arena: Arena, compressor: Compressor) {
    this.arena = arena;
    this.compressor = compressor;
  }

  /** A data page of version 1; `values` counts nulls too. */
  data(body: Uint8Array, values: number, encoding: number, compressor = this.compressor): WrittenPage {
    return this.write(PageType.data, body, encoding, compressor, (header) => {
      header.fieldStruct(5);
      header.fieldI32(1, values);
      header.fieldI32(2, encoding);
      header.fieldI32(3, Encoding.rle);
      header.fieldI32(4, Encoding.rle);
      header.endStruct();
    });
  }

  dictionary(body: Uint8Array, values: number): WrittenPage {
    return this.write(PageType.dictionary, body, Encoding.plain, this.compressor, (header) => {
      header.fieldStruct(7);
      header.fieldI32(1, values);
      header.fieldI32(2, Encoding.plain);
      header.endStruct();
    });
  }

  private write(
    type: number,
    body: Uint8Array,
    encoding: number,
    compressor: Compressor,
    kind: (header: CompactWriter) => void,
  ): WrittenPage {
    const { arena, header } = this;
    const block = arena.room(HEADER_ROOM + compressedBound(body.length));
    let place: Place;
    if (block === null) {
      const compressed = compressor.compress(body);
      this.writeHeader(type, body, compressed, kind);
      place = arena.append(header.view(), compressed);
    } else {
      // To compress it where it is to stay spares a copy: 2 to 4 % of the CPU time.
      const from = arena.next + HEADER_ROOM;
      const to = compressor.compressInto(block, from, body);
      this.writeHeader(type, body, block.subarray(from, to), kind);
      place = arena.keep(header.view(), from, to);
    }
    return { ...place, uncompressedBytes: header.size + body.length, encoding };
  }

  private writeHeader(
    type: number,
    body: Uint8Array,
    compressed: Uint8Array,
    kind: (header: CompactWriter) => void,
  ): void {
    const { header } = this;
    header.reset();
    header.fieldI32(1, type);
    header.fieldI32(2, body.length);
    header.fieldI32(3, compressed.length);
    header.fieldI32(4, crc32(compressed) | 0);
    kind(header);
    header.endStruct();
  }
}
