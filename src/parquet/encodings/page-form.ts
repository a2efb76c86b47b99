import type { Compressor } from '../compression/compressor.ts';
import type { EncodingChoice } from '../options.ts';
import { Physical } from '../schema/leaf-type.ts';
import type { LeafSchema } from '../schema/schema.ts';
import { Encoding } from './value-encodings.ts';

/** How a page's values are written where no dictionary is used. */
export interface PageForm {
  readonly encoding: number;
  readonly compressor: Compressor;
}

/** Gives a page in an encoding; the result is valid until the next call. */
export type EncodePage = (encoding: number) => Uint8Array;

/** The encodings that a column's pages may have, the preferred one first. */
export function pageEncodings(leaf: LeafSchema, choice: EncodingChoice): readonly number[] {
  return choice === 'compatible' ? [Encoding.plain] : compactEncodings(leaf);
}

/**
 * What the format offers for a column's values beside dictionaries, less what widespread readers cannot read: DuckDB
 * 1.5 knows BYTE_STREAM_SPLIT for floats alone, Polars 2.1 fails on deltas in members of null structs, so nested
 * columns have none, and PyArrow 26 takes no deltas for a column that is to become a dictionary.
 */
function compactEncodings({ type, path }: LeafSchema): readonly number[] {
  const nested = path.length > 1;
  switch (type.physical) {
    case Physical.float:
    case Physical.double:
      return [Encoding.plain, Encoding.byteStreamSplit];
    case Physical.bytes:
      return nested || type.isDictionary
        ? [Encoding.plain]
        : [Encoding.plain, Encoding.deltaLengthByteArray, Encoding.deltaByteArray];
    case Physical.int32:
    case Physical.int64:
      return nested ? [Encoding.plain] : [Encoding.plain, Encoding.deltaBinaryPacked];
    default:
      return [Encoding.plain];
  }
}

/** Another encoding is worth it from this saving on. */
const WORTHWHILE = 0.98;
/** What hardly compresses is not searched again: for columns of random numbers, that would be time for nothing. */
const COMPRESSIBLE = 0.85;
/** So many bytes of a page show what a compressor makes of it: more than where zstd's parameters change for the last time. */
const SAMPLE_BYTES = 288 << 10;
/** A trial goes on until it has seen so many values, or pages of so many bytes in the preferred encoding. */
const TRIAL_VALUES = 1 << 13;
const TRIAL_BYTES = 1 << 20;
/** After a trial, as many row groups are written without one. */
const ROW_GROUPS_BETWEEN_TRIALS = 7;

/**
 * Decides from the data in which form a column's pages are written: the first pages of a chunk are a trial of all
 * encodings with all variants of the compressor; their size decides for the rest of the chunk and for some row groups more.
 */
export class FormPolicy {
  private readonly encodings: readonly number[];
  private readonly compressor: Compressor;
  /** Each encoding with the compressor and then with its variants. */
  private readonly forms: readonly PageForm[];
  /** The share of what the forms before it take that a form may take at most. */
  private readonly worthwhile: readonly number[];
  /** Bytes that the trial's pages took in each form. */
  private readonly sizes: Float64Array;
  /** The form that the last trial found. */
  private form: PageForm;
  private trying: boolean;
  /** Values and bytes that the trial has seen. */
  private values = 0;
  private bytes = 0;
  /** Row groups still to be written without a trial. */
  private untried = 0;

  /** The first of the encodings is preferred. */
  constructor(encodings: readonly number[], compressor: Compressor) {
    this.encodings = encodings;
    this.compressor = compressor;
    const { variants } = compressor;
    this.forms = encodings.flatMap((encoding) => [
      { encoding, compressor },
      ...variants.map((variant) => ({ encoding, compressor: variant.compressor })),
    ]);
    this.worthwhile = encodings.flatMap(() => [WORTHWHILE, ...variants.map(({ worthwhile }) => worthwhile)]);
    this.sizes = new Float64Array(this.forms.length);
    this.form = this.forms[0]!;
    this.trying = this.forms.length > 1;
  }

  /** The form of a page with so many values. */
  choose(values: number, encode: EncodePage): PageForm {
    if (!this.trying) {
      return this.form;
    }
    const sizes = this.measureAll(encode);
    sizes.forEach((size, i) => {
      this.sizes[i]! += size;
    });
    this.form = this.smallest(this.sizes);
    this.values += values;
    if (this.values >= TRIAL_VALUES || this.bytes >= TRIAL_BYTES) {
      this.trying = false;
      this.untried = ROW_GROUPS_BETWEEN_TRIALS;
    }
    return this.smallest(sizes);
  }

  /** Ends a row group. */
  end(): void {
    if (this.forms.length > 1 && !this.trying && this.untried-- === 0) {
      this.trying = true;
      this.values = 0;
      this.bytes = 0;
      this.sizes.fill(0);
    }
  }

  /** Bytes of a page in each form; infinitely many in one that is not worth a try. */
  private measureAll(encode: EncodePage): number[] {
    const { encodings, compressor } = this;
    return encodings.flatMap((encoding, i) => {
      const page = encode(encoding);
      this.bytes += i === 0 ? page.length : 0;
      // Samples in several encodings would hold different numbers of values.
      const sample = encodings.length === 1 ? page.subarray(0, SAMPLE_BYTES) : page;
      const size = compressor.compress(sample).length;
      const compressible = size < sample.length * COMPRESSIBLE;
      return [
        size,
        ...compressor.variants.map((variant) =>
          compressible ? variant.compressor.compress(sample).length : Number.POSITIVE_INFINITY,
        ),
      ];
    });
  }

  /** The form to take: a later one, if it is smaller by enough. */
  private smallest(sizes: ArrayLike<number>): PageForm {
    let best = 0;
    this.worthwhile.forEach((worthwhile, i) => {
      if (sizes[i]! < sizes[best]! * worthwhile) best = i;
    });
    return this.forms[best]!;
  }
}
