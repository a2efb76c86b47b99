import { Kernels } from '../../kernels/kernels.ts';

/** Kernels may read or write so many bytes beyond what they are given. */
export const SLACK = 16;
/** Byte strings are loaded in pieces of at most so many bytes: the kernels' memory does not shrink again. */
const PIECE_BYTES = 1 << 20;

/** Some consecutive byte strings. */
interface Piece {
  readonly from: number;
  readonly to: number;
  /** What the offsets count from; null where it is one value of more than `PIECE_BYTES`, which is not loaded. */
  readonly data: number | null;
  /** Where each of them begins and the last one ends, int32. */
  readonly offsets: number;
}

/** Which of some byte strings are the least and the greatest one. */
export interface Extremes {
  readonly least: number;
  readonly greatest: number;
}

/** The kernels of an encoder, with the page at work in their memory. */
export class PageKernels extends Kernels {
  /** The page's values in PLAIN encoding, or a piece of its byte strings. */
  readonly values = new Region(this);
  /** The page's values as indices into their dictionary, int32. */
  readonly indices = new Region(this);
  /** For what kernels make of them. */
  readonly out = new Region(this);
  readonly #offsets = new Region(this);
  /** The piece that is loaded, and what it is of: a page of one piece is loaded once. */
  #loaded: { readonly source: Uint8Array; readonly piece: Piece } | null = null;

  /** To be called before each page: what is loaded is of the one before, though it may come from the same memory. */
  beginPage(): void {
    this.#loaded = null;
  }

  /** Loads the page's values. */
  loadValues({ buffer, byteOffset }: Uint8Array, length: number): void {
    const address = this.values.reserve(length + SLACK);
    this.bytes.set(new Uint8Array(buffer, byteOffset, length), address);
  }

  /** Loads the byte strings `first … to` piece by piece; each is there until the next one. */
  *pieces(source: Uint8Array, offsets: Int32Array, first: number, to: number): Generator<Piece> {
    for (let from = first; from < to; ) {
      const end = pieceEnd(offsets, from, to);
      yield this.#loadPiece(source, offsets, from, end);
      from = end;
    }
  }

  /**
   * Indices that occur among the first `count` of the page, each once; there are `known` entries. Gives where they lie,
   * int32, until `out` is used again, and how many there are.
   */
  distinctIndices(count: number, known: number): { readonly list: number; readonly found: number } {
    const list = this.out.reserve(4 * count + (known >> 3) + 1);
    const found = this.exports.distinct(this.indices.address, count, known, list + 4 * count, list);
    return { list, found };
  }

  /** Compares the `count` byte strings whose numbers lie at `list`, or the first ones (0): see the kernel. */
  scanBytes(data: number, offsets: number, list: number, count: number): Extremes {
    const { MIN, MAX } = this.layout;
    this.exports.scanBytes(data, offsets, list, count);
    return { least: this.words[MIN >> 2]!, greatest: this.words[MAX >> 2]! };
  }

  #loadPiece(source: Uint8Array, offsets: Int32Array, from: number, to: number): Piece {
    if (this.#loaded?.source === source && this.#loaded.piece.from === from && this.#loaded.piece.to === to)
      return this.#loaded.piece;
    const start = offsets[from]!;
    const length = offsets[to]! - start;
    if (length > PIECE_BYTES) return { from, to, data: null, offsets: 0 };
    const data = this.values.reserve(length + SLACK);
    const at = this.#offsets.reserve(4 * (to - from + 1));
    this.bytes.set(source.subarray(start, start + length), data);
    this.words.set(offsets.subarray(from, to + 1), at >> 2);
    const piece = { from, to, data: data - start, offsets: at };
    this.#loaded = { source, piece };
    return piece;
  }
}

/** Memory of the kernels that is used again and again; its content is lost where it has to grow. */
class Region {
  address = 0;
  readonly #kernels: Kernels;
  #size = 0;

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  /** Makes room for so many bytes; returns where they are. */
  reserve(bytes: number): number {
    if (bytes > this.#size) {
      if (this.#size > 0) this.#kernels.release(this.address);
      this.#size = Math.max(bytes, 2 * this.#size);
      this.address = this.#kernels.allocate(this.#size);
    }
    return this.address;
  }
}

/** Where the piece that begins at `from` ends: as far as it may, and at least behind one value. */
function pieceEnd(offsets: Int32Array, from: number, to: number): number {
  const most = offsets[from]! + PIECE_BYTES;
  if (offsets[to]! <= most) return to;
  let inside = from + 1;
  let outside = to;
  while (outside - inside > 1) {
    const middle = (inside + outside) >> 1;
    if (offsets[middle]! <= most) inside = middle;
    else outside = middle;
  }
  return inside;
}
