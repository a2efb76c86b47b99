import type { Leaf } from './schema/file-schema.ts';
import type { Order } from './schema/value-order.ts';

/** What the checks of a file's parts need to know of the whole. */
export interface FileContext {
  /** Whether ddpp wrote it: then everything must be as ddpp writes it. */
  readonly own: boolean;
  /** What is in the file but was not checked, in words for the user. */
  readonly notChecked: Set<string>;
  /** Fields that the metadata's definition does not know, as `RowGroup.12`. */
  readonly unknownFields: Set<string>;
  /** Where the footer begins: everything else lies before. */
  readonly footerStart: number;
  /** How a column's minima and maxima compare; null where the file does not say, or in a way that is not known. */
  orderOf(leaf: Leaf): Order | null;
}
