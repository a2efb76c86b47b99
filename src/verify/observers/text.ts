import { isAscii, isUtf8 } from 'node:buffer';
import { type Block, plainOf, valueAt } from '../encodings/block.ts';
import { Problem } from '../problem.ts';
import type { ValueObserver } from './observer.ts';

/** Checks that text is UTF-8. */
export class TextCheck implements ValueObserver {
  #checked: Block | null = null;

  block(block: Block): void {
    // The lengths are ASCII too, unless one is beyond 127.
    if (isAscii(plainOf(block))) return;
    for (let i = 0; i < block.count; i++) {
      if (!isUtf8(valueAt(block, i))) throw new Problem('it has a text that is not UTF-8');
    }
  }

  entries(dictionary: Block): void {
    if (this.#checked !== dictionary) this.block(dictionary);
    this.#checked = dictionary;
  }
}
