import { type Dictionary, MAX_DICTIONARY_BYTES } from './dictionary/dictionary.ts';
import { DictionaryPolicy, pays, type Verdict } from './dictionary/dictionary-policy.ts';
import { areMoreThan, sampleRuns } from './dictionary/sample.ts';
import { FormPolicy, pageEncodings } from './encodings/page-form.ts';
import { bitWidth, encodeIndices, hybridBound } from './encodings/rle.ts';
import { Encoding, encodedBound } from './encodings/value-encodings.ts';
import { levelsBound, writeLevels } from './levels/level-encoding.ts';
import type { LeafPage } from './levels/levels.ts';
import type { Scratch } from './memory/scratch.ts';
import type { EncodingChoice } from './options.ts';
import type { PageWriter, WrittenPage } from './page-writer.ts';
import type { LeafSchema } from './schema/schema.ts';
import type { Bounds } from './statistics/bounds.ts';
import type { LeafValues } from './values/leaf-values.ts';

/** The pages of a finished chunk. */
export interface FinishedPages {
  /** In file order, the dictionary page first where there is one. */
  readonly pages: readonly WrittenPage[];
  readonly hasDictionary: boolean;
}

/**
 * Writes the pages of one leaf column: as indices into a dictionary, unless the values themselves are shorter by more
 * than a little. Pages of the trial at a chunk's begin are written both ways; what loses stays behind in the arena,
 * unreferenced.
 */
export class ChunkPages {
  private readonly leaf: LeafSchema;
  private readonly values: LeafValues;
  private readonly scratch: Scratch;
  private readonly writer: PageWriter;
  private readonly policy: DictionaryPolicy;
  private readonly forms: FormPolicy;

  private mode: 'new' | 'trial' | 'dictionary' | 'direct' = 'new';
  private pages: WrittenPage[] = [];
  /** Data pages without dictionary. */
  private directCount = 0;
  /** Pages of the trial: where their direct form is in `pages`, and the form that may replace it. */
  private trial: { readonly index: number; readonly coded: WrittenPage }[] = [];

  constructor(
    leaf: LeafSchema,
    values: LeafValues,
    scratch: Scratch,
    writer: PageWriter,
    choice: EncodingChoice,
  ) {
    this.leaf = leaf;
    this.values = values;
    this.scratch = scratch;
    this.writer = writer;
    this.policy = new DictionaryPolicy(choice === 'compact');
    this.forms = new FormPolicy(pageEncodings(leaf, choice), writer.compressor);
  }

  /** Writes a page of the values loaded, and sets the bounds to theirs; whether the dictionary holds its values. */
  add(page: LeafPage, bounds: Bounds): boolean {
    const { values } = this;
    bounds.reset();
    if (this.mode === 'new') {
      this.mode = values.dictionary !== null && this.policy.begin() ? 'trial' : 'direct';
    }
    if (values.count === 0) {
      this.addDirect(this.writeDirect(page));
    } else if (this.mode === 'direct' || values.dictionary === null) {
      values.scan(bounds, false);
      this.addDirect(this.writeDirect(page));
    } else {
      this.addCoded(page, values.dictionary, bounds);
    }
    return this.mode === 'dictionary';
  }

  /** Ends the chunk: settles a trial that is still open, and writes the dictionary page. */
  finish(): FinishedPages {
    const { dictionary } = this.values;
    if (dictionary !== null && this.trial.length > 0) {
      this.settle(this.policy.judgeTrial(), dictionary);
    }
    const hasDictionary = this.directCount < this.pages.length;
    if (dictionary !== null && hasDictionary) {
      this.pages.unshift(this.writeDictionary(dictionary));
      dictionary.clear();
    } else if (this.mode === 'direct') {
      this.policy.endWithout();
    }
    this.forms.end();
    const finished = { pages: this.pages, hasDictionary };
    this.mode = 'new';
    this.pages = [];
    this.directCount = 0;
    return finished;
  }

  private addCoded(page: LeafPage, dictionary: Dictionary, bounds: Bounds): void {
    const { values, policy } = this;
    const countBefore = dictionary.count;
    const bytesBefore = dictionary.plainBytes;
    const complete = this.encode(dictionary);
    values.scan(bounds, complete);
    const novelty = (dictionary.count - countBefore) / values.count;
    const verdict = complete ? policy.glance(values.count, novelty, this.mode === 'trial') : 'direct';
    if (verdict === 'direct') {
      this.abandon(dictionary, countBefore);
      this.addDirect(this.writeDirect(page));
      return;
    }
    const coded = this.writeCoded(page, dictionary);
    if (verdict === 'dictionary') {
      this.mode = 'dictionary';
      this.pages.push(coded);
      return;
    }
    const direct = this.writeDirect(page);
    const costs = {
      direct: direct.length,
      coded: coded.length,
      entries: (dictionary.plainBytes - bytesBefore) * (direct.length / values.plainBytes),
      values: values.count,
      novelty,
    };
    if (this.mode === 'trial') {
      this.trial.push({ index: this.pages.length, coded });
      this.addDirect(direct);
      this.settle(policy.judge(costs), dictionary);
    } else if (pays(costs)) {
      this.pages.push(coded);
    } else {
      this.abandon(dictionary, countBefore);
      this.addDirect(direct);
    }
  }

  /** Turns a page into indices; false where its values do not fit the dictionary, or a sample of a chunk's first page shows that. */
  private encode(dictionary: Dictionary): boolean {
    const { values } = this;
    if (this.mode !== 'trial' || this.trial.length > 0) {
      return values.encode(0, values.count);
    }
    const runs = sampleRuns(values.count);
    let sampled = 0;
    for (const [from, to] of runs) {
      if (!values.encode(from, to)) {
        return false;
      }
      sampled += to - from;
    }
    const fitting = MAX_DICTIONARY_BYTES / (values.plainBytes / values.count);
    return !areMoreThan(fitting, sampled, dictionary.count) && values.encode(runs[0][1], values.count);
  }

  private settle(verdict: Verdict, dictionary: Dictionary): void {
    if (verdict === 'compare') {
      return;
    }
    if (verdict === 'dictionary') {
      for (const { index, coded } of this.trial) {
        this.pages[index] = coded;
      }
      this.directCount -= this.trial.length;
    } else {
      dictionary.release();
    }
    this.trial = [];
    this.mode = verdict;
  }

  /** Goes on without dictionary, of which the pages written so far need `count` entries. */
  private abandon(dictionary: Dictionary, count: number): void {
    if (this.mode === 'trial') {
      this.settle('direct', dictionary);
    } else {
      dictionary.truncate(count);
      this.mode = 'direct';
    }
  }

  private addDirect(page: WrittenPage): void {
    this.pages.push(page);
    this.directCount++;
  }

  private writeDirect(page: LeafPage): WrittenPage {
    const { values, writer } = this;
    if (values.count === 0) {
      return writer.data(this.directBody(page, Encoding.plain), page.count, Encoding.plain);
    }
    const { encoding, compressor } = this.forms.choose(values.count, (tried) => this.directBody(page, tried));
    return writer.data(this.directBody(page, encoding), page.count, encoding, compressor);
  }

  private directBody(page: LeafPage, encoding: number): Uint8Array {
    const { leaf, values } = this;
    const { directPage: out, kernels } = this.scratch;
    out.reserve(levelsBound(leaf, page.count) + encodedBound(values.plainBytes, values.count), 0);
    const end = values.write(encoding, out, writeLevels(out, 0, kernels, leaf, page));
    return out.bytes.subarray(0, end);
  }

  private writeCoded(page: LeafPage, dictionary: Dictionary): WrittenPage {
    const { leaf, values } = this;
    const { codedPage: out, kernels } = this.scratch;
    // Zero bits would do for a single entry, but not every reader expects them.
    const width = Math.max(1, bitWidth(dictionary.count - 1));
    out.reserve(levelsBound(leaf, page.count) + 1 + hybridBound(values.count, width), 0);
    const at = writeLevels(out, 0, kernels, leaf, page);
    out.bytes[at] = width;
    const end = encodeIndices(out, at + 1, kernels, values.count, width);
    return this.writer.data(out.bytes.subarray(0, end), page.count, Encoding.rleDictionary);
  }

  private writeDictionary(dictionary: Dictionary): WrittenPage {
    const out = this.scratch.directPage;
    out.reserve(dictionary.plainBytes, 0);
    const end = dictionary.write(out, 0);
    return this.writer.dictionary(out.bytes.subarray(0, end), dictionary.count);
  }
}
