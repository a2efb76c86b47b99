import type { CopyTap } from '../../src/postgres/copy-tap.ts';

/** Has bytes consumed as if they had come by themselves; what has been consumed before is overwritten, as by a read. */
export function feedAlone(tap: CopyTap, bytes: Uint8Array): void {
  tap.room().fill(0xee);
  tap.feed(bytes);
  tap.flush();
}
