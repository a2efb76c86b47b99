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

/** What a trial asks for. */
export interface PageTrial {
  /** The page in an encoding; valid until the next call. */
  encode(encoding: number): Uint8Array;
  /** Bytes that a compressor makes of others. */
  measure(bytes: Uint8Array, compressor: Compressor): number;
}

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
/** What hardly compresses holds no repetitions that another search would find. */
const COMPRESSIBLE = 0.85;
/** So many bytes of a page show what a compressor makes of it: more than where zstd's parameters change for the last time. */
const SAMPLE_BYTES = 288 << 10;
/** A trial goes on until it has seen so many values, or pages of so many bytes. */
const TRIAL_VALUES = 1 << 13;
const TRIAL_BYTES = 1 << 20;
/** After a trial, as many row groups are written without one. */
const ROW_GROUPS_BETWEEN_TRIALS = 7;

/**
 * Decides from the data in which form a column's pages are written: the first pages of a chunk are a trial of all
 * encodings, and of all variants of the compressor on the best of them; their size decides for the rest of the chunk
 * and for some row groups more.
 */
export class FormPolicy {
  private readonly encodings: Contest<number>;
  private readonly compressors: Contest<Compressor>;
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
    this.encodings = new Contest(encodings.map((encoding) => [encoding, WORTHWHILE]));
    this.compressors = new Contest([
      [compressor, 1],
      ...compressor.variants.map((variant) => [variant.compressor, variant.worthwhile] as const),
    ]);
    this.form = { encoding: encodings[0]!, compressor };
    this.trying = this.hasChoice;
  }

  /** The form of a page with so many values. */
  choose(values: number, trial: PageTrial): PageForm {
    if (!this.trying) {
      return this.form;
    }
    const encoding = this.tryEncodings(trial);
    const compressor = this.tryCompressors(trial, encoding);
    this.form = { encoding: this.encodings.winner, compressor: this.compressors.winner };
    this.values += values;
    if (this.values >= TRIAL_VALUES || this.bytes >= TRIAL_BYTES) {
      this.trying = false;
      this.untried = ROW_GROUPS_BETWEEN_TRIALS;
    }
    return { encoding, compressor };
  }

  /** Ends a row group. */
  end(): void {
    if (this.hasChoice && !this.trying && this.untried-- === 0) {
      this.trying = true;
      this.values = 0;
      this.bytes = 0;
      this.encodings.clear();
      this.compressors.clear();
    }
  }

  private get hasChoice(): boolean {
    return this.encodings.size > 1 || this.compressors.size > 1;
  }

  private tryEncodings({ encode, measure }: PageTrial): number {
    const { encodings } = this;
    if (encodings.size === 1) {
      return encodings.winner;
    }
    const [usual] = this.compressors.candidates;
    return encodings.add(encodings.candidates.map((encoding) => measure(encode(encoding), usual!)));
  }

  private tryCompressors({ encode, measure }: PageTrial, encoding: number): Compressor {
    const page = encode(encoding);
    this.bytes += page.length;
    const sample = page.subarray(0, SAMPLE_BYTES);
    const [usual, ...variants] = this.compressors.candidates;
    const size = measure(sample, usual!);
    const compressible = size < sample.length * COMPRESSIBLE;
    return this.compressors.add([
      size,
      ...variants.map((variant) => (compressible ? measure(sample, variant) : Number.POSITIVE_INFINITY)),
    ]);
  }
}

/** Adds up what each of some candidates takes, page by page. */
class Contest<Candidate> {
  readonly candidates: readonly Candidate[];
  /** The one that took the least so far: a later one, if it takes less by enough. */
  winner: Candidate;
  private readonly worthwhile: readonly number[];
  private readonly sizes: Float64Array;

  /** Each candidate with the share of what those before it take that it may take at most. */
  constructor(candidates: readonly (readonly [Candidate, worthwhile: number])[]) {
    this.candidates = candidates.map(([candidate]) => candidate);
    this.worthwhile = candidates.map(([, worthwhile]) => worthwhile);
    this.sizes = new Float64Array(candidates.length);
    this.winner = this.candidates[0]!;
  }

  get size(): number {
    return this.candidates.length;
  }

  /** Adds a page, and returns the candidate that takes the least for it alone. */
  add(sizes: readonly number[]): Candidate {
    sizes.forEach((size, i) => {
      this.sizes[i]! += size;
    });
    this.winner = this.least(this.sizes);
    return this.least(sizes);
  }

  clear(): void {
    this.sizes.fill(0);
  }

  private least(sizes: ArrayLike<number>): Candidate {
    let best = 0;
    this.worthwhile.forEach((worthwhile, i) => {
      if (sizes[i]! < sizes[best]! * worthwhile) best = i;
    });
    return this.candidates[best]!;
  }
}
