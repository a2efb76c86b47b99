import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dropFront } from '../../src/sink/descriptor.ts';

test('after a short write exactly the unwritten bytes are left', () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 5 }), { maxLength: 6 });
  fc.assert(
    fc.property(chunks, fc.nat(), (all, seed) => {
      const bytes = Buffer.concat(all);
      const written = seed % (bytes.length + 1);
      const rest = dropFront(all, written);
      expect(Buffer.concat(rest).equals(bytes.subarray(written))).toBe(true);
      expect(rest.every((chunk) => chunk.length > 0)).toBe(true);
    }),
  );
});
