/** What a page costs both ways, in bytes after compression. */
export interface PageCosts {
  /** With the values themselves. */
  readonly direct: number;
  /** With indices into the dictionary. */
  readonly coded: number;
  /** Entries that the page added to the dictionary, if they compress as well as its values. */
  readonly entries: number;
  readonly values: number;
  /** New entries, as a share of the values. */
  readonly novelty: number;
}

export type Verdict = 'dictionary' | 'direct' | 'compare';

/** A first page with fewer new values than this is shorter as indices than in PLAIN encoding, whatever the values are. */
const CLEARLY_REPETITIVE = 0.02;
/** A first page of some size with more new values than this hardly repeats any. */
const CLEARLY_DISTINCT = 0.97;
/** Indices compress faster than what they stand for, and are read faster: worth being a little longer. */
const PREFERENCE = 1.05;
/** New values must become rarer by this factor from page to page for the trial to go on. */
const SATURATION = 0.9;
/** Values that a trial may take in all, and those before which nothing is certain. */
const MAX_TRIAL_VALUES = 1 << 16;
const MIN_TRIAL_VALUES = 1 << 13;
/** A share of new values that calls for a comparison after the trial. */
const SURPRISING = 0.5;
/** After a chunk without dictionary, as many row groups are written without trying. */
const ROW_GROUPS_BETWEEN_TRIALS = 7;

/**
 * Decides from the data whether a column's chunk is dictionary-encoded. A chunk's first pages are a trial: they are
 * encoded both ways, and their sizes after compression decide.
 */
export class DictionaryPolicy {
  /** Whether values may have encodings that are shorter than indices into however small a dictionary. */
  private readonly compact: boolean;
  /** Row groups still to be written without trying. */
  private untried = 0;
  private trying = false;
  private trialValues = 0;
  private lastNovelty = 1;
  private balance = 0;

  constructor(compact: boolean) {
    this.compact = compact;
  }

  /** Starts a row group: whether a dictionary is to be tried. */
  begin(): boolean {
    this.trialValues = 0;
    this.balance = 0;
    this.trying = this.untried === 0;
    if (!this.trying) {
      this.untried--;
    }
    return this.trying;
  }

  /** Judges a page by its share of new values. */
  glance(values: number, novelty: number, trial: boolean): Verdict {
    if (!trial) {
      return novelty > SURPRISING ? 'compare' : 'dictionary';
    }
    if (this.trialValues > 0) {
      return 'compare';
    }
    if (novelty < CLEARLY_REPETITIVE && !this.compact) {
      return 'dictionary';
    }
    return novelty > CLEARLY_DISTINCT && values >= MIN_TRIAL_VALUES ? 'direct' : 'compare';
  }

  /** Judges a page of the trial by its costs: to compare once more, where new values are getting rarer. */
  judge(page: PageCosts): Verdict {
    const begun = this.trialValues >= MIN_TRIAL_VALUES;
    this.trialValues += page.values;
    this.balance += page.direct * PREFERENCE - page.coded - page.entries;
    if (pays(page)) {
      return 'dictionary';
    }
    const hopeful = !begun || page.novelty < this.lastNovelty * SATURATION;
    this.lastNovelty = page.novelty;
    return hopeful && this.trialValues < MAX_TRIAL_VALUES ? 'compare' : 'direct';
  }

  /** The verdict on a chunk that ended within its trial. */
  judgeTrial(): Verdict {
    return this.balance >= 0 ? 'dictionary' : 'direct';
  }

  /** Ends a row group that had no dictionary in the end. */
  endWithout(): void {
    if (this.trying) {
      this.untried = ROW_GROUPS_BETWEEN_TRIALS;
    }
  }
}

/** Whether indices and new entries are shorter than the values, or hardly longer. */
export function pays(page: PageCosts): boolean {
  return page.coded + page.entries <= page.direct * PREFERENCE;
}
