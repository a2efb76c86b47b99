import type { Compressor } from '../compression/compressor.ts';
import type { EncodingChoice } from '../options.ts';
import { Physical } from '../schema/leaf-type.ts';
import type { LeafSchema } from '../schema/schema.ts';
import { Encoding } from './value-encodings.ts';

/** How a page's values are written where no dictionary is used. */
export interface PageForm {
  readonly encoding: number;
  readonly compressor: Compressor;
  /** Whether it is the form before it with the compressor's thorough setting. */
  readonly thorough: boolean;
}

/** Bytes of a page before and after compression. */
export interface PageSize {
  readonly raw: number;
  readonly compressed: number;
}

/** The forms that a column's pages may have, the preferred one first. */
export function pageForms(
  leaf: LeafSchema,
  choice: EncodingChoice,
  compressor: Compressor,
): readonly PageForm[] {
  const { thorough } = compressor;
  const encodings = choice === 'compatible' ? [Encoding.plain] : compactEncodings(leaf);
  return encodings.flatMap((encoding) => {
    const form = { encoding, compressor, thorough: false };
    return thorough === null ? [form] : [form, { encoding, compressor: thorough, thorough: true }];
  });
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

/** Another encoding is worth it from this saving on, a thorough search, which takes twice as long, from that. */
const WORTHWHILE = 0.98;
const WORTHWHILE_SEARCH = 0.96;
/** What hardly compresses holds no repetitions that a thorough search would find. */
const COMPRESSIBLE = 0.85;
/** A trial goes on until it has seen so many values, or pages of so many bytes. */
const TRIAL_VALUES = 1 << 13;
const TRIAL_BYTES = 1 << 20;
/** After a trial, as many row groups are written without one. */
const ROW_GROUPS_BETWEEN_TRIALS = 7;

/**
 * Decides from the data in which form a column's pages are written: the first pages of a chunk are a trial of all of
 * them, and their size after compression decides for the rest of the chunk and for some row groups more.
 */
export class FormPolicy {
  private readonly forms: readonly PageForm[];
  /** The form that the last trial found. */
  private form: PageForm;
  private trying: boolean;
  /** Values and bytes that the trial has seen, and how many bytes the pages took in each form. */
  private values = 0;
  private bytes = 0;
  private readonly sizes: Float64Array;
  /** Row groups still to be written without a trial. */
  private untried = 0;

  /** The first of the forms is preferred. */
  constructor(forms: readonly PageForm[]) {
    this.forms = forms;
    this.form = forms[0]!;
    this.trying = forms.length > 1;
    this.sizes = new Float64Array(forms.length);
  }

  /** The form of a page with so many values; `measure` says what it would take in a form. */
  choose(values: number, measure: (form: PageForm) => PageSize): PageForm {
    if (!this.trying) {
      return this.form;
    }
    const sizes = this.measureAll(measure);
    sizes.forEach((size, i) => {
      this.sizes[i]! += size;
    });
    this.values += values;
    this.form = smallest(this.forms, this.sizes);
    if (this.values >= TRIAL_VALUES || this.bytes >= TRIAL_BYTES) {
      this.trying = false;
      this.untried = ROW_GROUPS_BETWEEN_TRIALS;
    }
    return smallest(this.forms, sizes);
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

  /** Bytes in each form; infinitely many in one that is not worth a try. */
  private measureAll(measure: (form: PageForm) => PageSize): Float64Array {
    const sizes = new Float64Array(this.forms.length);
    let compressible = false;
    this.forms.forEach((form, i) => {
      if (form.thorough && !compressible) {
        sizes[i] = Number.POSITIVE_INFINITY;
        return;
      }
      const { raw, compressed } = measure(form);
      sizes[i] = compressed;
      compressible = compressed < raw * COMPRESSIBLE;
      this.bytes += i === 0 ? raw : 0;
    });
    return sizes;
  }
}

/** The form to take: a later one, if it is smaller by enough. */
function smallest(forms: readonly PageForm[], sizes: Float64Array): PageForm {
  let best = 0;
  forms.forEach(({ thorough }, i) => {
    if (sizes[i]! < sizes[best]! * (thorough ? WORTHWHILE_SEARCH : WORTHWHILE)) best = i;
  });
  return forms[best]!;
}
