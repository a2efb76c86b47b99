import { ExportError } from '../../errors.ts';

/** Where in a document: keys and indexes, from the outside in. */
export type DocumentPath = readonly (string | number)[];

/** Something wrong in a configuration. */
export interface Mistake {
  readonly path: DocumentPath;
  /** What is wrong, behind the path: `cannot be 0: give a whole number from 1 to 64`. */
  readonly message: string;
}

/** A file that is no configuration at all need not fill the screen. */
const MAX_LINES = 20;

/** Everything that is wrong with a configuration: the message says how much, `lines` has one line for each mistake. */
export class ConfigError extends ExportError {
  /** `exports.yaml:7:5: exports[1].jobs cannot be 0: give a whole number from 1 to 64` */
  readonly lines: readonly string[];

  constructor(file: string, mistakes: readonly string[]) {
    const lines = [...new Set(mistakes)];
    const count = lines.length === 1 ? 'a mistake' : `${lines.length} mistakes`;
    super('usage', `${file} has ${count}`, { stage: 'options', hint: 'docs/products.md explains every key' });
    const more = lines.length - MAX_LINES;
    this.lines = more > 0 ? [...lines.slice(0, MAX_LINES), `… and ${more} more`] : lines;
  }
}

/** `exports[2].column_type["a b"]`; of the whole document `the file`. */
export function formatPath(path: DocumentPath): string {
  const text = path
    .map((each) => {
      if (typeof each === 'number') return `[${each}]`;
      return /^[\w$]+$/.test(each) ? `.${each}` : `[${JSON.stringify(each)}]`;
    })
    .join('');
  return text === '' ? 'the file' : text.replace(/^\./, '');
}
