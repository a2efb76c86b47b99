import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dropFront, writeAt } from '../../src/sink/descriptor.ts';

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

test('what is written at a position lies there, in pieces of any size', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ddpp-descriptor-'));
  const sizes = fc.array(fc.oneof(fc.nat(3), fc.nat(3 << 19), fc.constantFrom(1 << 19, (1 << 19) - 1)), {
    maxLength: 6,
  });
  try {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(9), async (lengths, position) => {
        const chunks = lengths.map((length, i) => new Uint8Array(length).map((_, at) => at * (i + 3)));
        const path = join(folder, 'file');
        writeFileSync(path, 'unchanged'.slice(0, position));
        const fd = openSync(path, 'r+');
        await writeAt(fd, chunks, position);
        closeSync(fd);
        const before = Buffer.from('unchanged'.slice(0, position));
        expect(readFileSync(path).equals(Buffer.concat([before, ...chunks]))).toBe(true);
      }),
      { numRuns: 30 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a write at a position that fails says why', async () => {
  const fd = openSync('/dev/null', 'r');
  const chunks = Array.from({ length: 5 }, () => new Uint8Array(1 << 19));
  await expect(writeAt(fd, chunks, 0)).rejects.toMatchObject({ code: 'EBADF' });
  closeSync(fd);
});
