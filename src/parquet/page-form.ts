import type { Compressor } from './compressor.ts';
import { Physical } from './leaf-type.ts';
import type { EncodingChoice } from './options.ts';
import type { LeafSchema } from './schema.ts';
import { Encoding } from './value-encodings.ts';

/** How a page's values are written where no dictionary is used. */
export interface PageForm {
  readonly encoding: number;
  readonly compressor: Compressor;
}

/** The forms that a column's pages may have, the preferred one first. */
export function pageForms(
  leaf: LeafSchema,
  choice: EncodingChoice,
  compressor: Compressor,
): readonly PageForm[] {
  const { thorough } = compressor;
  const compressors = thorough === null ? [compressor] : [compressor, thorough];
  const encodings = choice === 'compatible' ? [Encoding.plain] : compactEncodings(leaf);
  return encodings.flatMap((encoding) => compressors.map((each) => ({ encoding, compressor: each })));
}

/**
 * What the format offers for a column's values beside dictionaries, less what widespread readers cannot read: DuckDB
 * 1.5 knows BYTE_STREAM_SPLIT for floats alone, and Polars 2.1 fails on deltas in members of null structs, so nested
 * columns have none.
 */
function compactEncodings({ type, path }: LeafSchema): readonly number[] {
  const nested = path.length > 1;
  switch (type.physical) {
    case Physical.float:
    case Physical.double:
      return [Encoding.plain, Encoding.byteStreamSplit];
    case Physical.bytes:
      return nested
        ? [Encoding.plain]
        : [Encoding.plain, Encoding.deltaLengthByteArray, Encoding.deltaByteArray];
    case Physical.int32:
    case Physical.int64:
      return nested ? [Encoding.plain] : [Encoding.plain, Encoding.deltaBinaryPacked];
    default:
      return [Encoding.plain];
  }
}

/** A form that takes longer to write or read is worth it from this saving on. */
const WORTHWHILE = 0.98;
/** A trial with fewer values decides for its page alone. */
const MIN_TRIAL_VALUES = 1 << 13;
/** After a trial, as many row groups are written without one. */
const ROW_GROUPS_BETWEEN_TRIALS = 7;

/**
 * Decides from the data in which form a column's pages are written: the first page of a chunk is a trial of all of
 * them, and the size after compression decides for the rest of the chunk and for some row groups more.
 */
export class FormPolicy {
  private readonly forms: readonly PageForm[];
  private form: PageForm;
  private settled: boolean;
  /** Row groups still to be written without a trial. */
  private untried = 0;

  /** The first of the forms is preferred. */
  constructor(forms: readonly PageForm[]) {
    this.forms = forms;
    this.form = forms[0]!;
    this.settled = forms.length === 1;
  }

  /** The form of a page with so many values; `measure` says how many bytes it would take in a form. */
  choose(values: number, measure: (form: PageForm) => number): PageForm {
    if (!this.settled) {
      this.form = smallest(this.forms, measure);
      if (values >= MIN_TRIAL_VALUES) {
        this.settled = true;
        this.untried = ROW_GROUPS_BETWEEN_TRIALS;
      }
    }
    return this.form;
  }

  /** Ends a row group. */
  end(): void {
    if (this.settled && this.forms.length > 1 && this.untried-- === 0) {
      this.settled = false;
    }
  }
}

function smallest(forms: readonly PageForm[], measure: (form: PageForm) => number): PageForm {
  let best = forms[0]!;
  let size = measure(best);
  for (const form of forms.slice(1)) {
    const other = measure(form);
    if (other < size * WORTHWHILE) {
      best = form;
      size = other;
    }
  }
  return best;
}
