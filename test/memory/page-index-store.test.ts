import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { PageIndexStore } from '../../src/parquet/statistics/page-index-store.ts';
import type { Field } from '../../src/types/kinds.ts';
import { writeTable } from '../parquet/files.ts';
import { askFile } from '../slices/exported.ts';

const MIB = 1 << 20;
const temporaryFolder = process.env.TMPDIR;
afterEach(() => {
  process.env.TMPDIR = temporaryFolder;
});

/** Pieces of all sizes, as indexes are. */
function* pieces(total: number): Generator<Uint8Array> {
  for (let size = 1, sum = 0; sum < total; sum += size, size = (size * 7 + 3) % 90_001) {
    yield new Uint8Array(size).map((_, i) => (i * 31 + size) & 0xff);
  }
}

/** Open files of this process that have no name any more. */
function namelessFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.includes('ddpp-page-index') ? [`${fd} ${statSync(`/proc/self/fd/${fd}`).size}`] : [];
    } catch {
      return [];
    }
  });
}

test.each([
  ['nothing', 0, 4 * MIB],
  ['little', 1000, 4 * MIB],
  ['exactly what is kept', 4 * MIB, 4 * MIB],
  ['more', 9 * MIB + 17, 4 * MIB],
  ['all of it in the file', 3 * MIB, 0],
])('%s comes out as it went in', (_, total, kept) => {
  const store = new PageIndexStore(kept);
  const all = [...pieces(total)];
  for (const piece of all) store.append(piece);
  const out: Buffer[] = [];
  for (const piece of store.contents()) out.push(Buffer.from(piece));
  expect(Buffer.concat(out).equals(Buffer.concat(all))).toBe(true);
});

test.skipIf(process.platform !== 'linux')('memory does not grow with it, and no file is left', () => {
  const store = new PageIndexStore(MIB);
  const before = process.memoryUsage().arrayBuffers;
  const piece = new Uint8Array(100_000);
  for (let i = 0; i < 300; i++) store.append(piece);
  expect(namelessFiles()).toHaveLength(1);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * MIB);
  expect(readdirSync(temporaryFolder!).filter((name) => name.includes('page-index'))).toEqual([]);
  let bytes = 0;
  for (const { length } of store.contents()) bytes += length;
  expect(bytes).toBe(300 * piece.length);
  expect(namelessFiles()).toEqual([]);
});

test('a temporary folder that cannot be written is a clear error', () => {
  process.env.TMPDIR = '/nonexistent';
  const store = new PageIndexStore(0);
  const append = () => {
    for (const piece of pieces(2 * MIB)) store.append(piece);
  };
  expect(append).toThrow(/temporary file of the page index failed: ENOENT/);
  expect(append).toThrow(
    expect.objectContaining({ code: 'output', hint: expect.stringContaining('TMPDIR') }),
  );
});

test('page indexes beyond what is kept are in the file, and readers find them', async () => {
  const fields: Field[] = Array.from({ length: 40 }, (_, i) => ({
    name: `c${i}`,
    type: { id: 'utf8' },
    nullable: true,
  }));
  const text = 'x'.repeat(60);
  const batches = Array.from({ length: 3_200 }, (_, row) =>
    fields.map((_, i) => [`${text}${(row * 40 + i) % 10_000}`]),
  );
  const path = await writeTable({ fields, rowGroups: [batches] }, { compression: 'uncompressed' });
  const size = statSync(path).size;
  const [rows, distinct] = await askFile(path, 'count(*), count(DISTINCT c7)');
  expect([rows, distinct]).toEqual(['3200', '250']);
  expect(size).toBeGreaterThan(16 * MIB);
  expect(await askFile(path, `count(*) FILTER (c3 = '${text}43')`)).toEqual(['13']);
});

test('the footer takes some 80 bytes for each column of numbers in each row group', async () => {
  const fields: Field[] = Array.from({ length: 20 }, (_, i) => ({
    name: `c${i}`,
    type: { id: 'int', bitWidth: 64, signed: true },
    nullable: true,
  }));
  const sized = async (groups: number) => {
    const rowGroups = Array.from({ length: groups }, (_, g) => [
      fields.map((_, i) => Array.from({ length: 8 }, (_, row) => String(g * 1_000_000 + i * 1000 + row))),
    ]);
    const path = await writeTable({ fields, rowGroups });
    // The footer's length is the four bytes before the magic.
    return readFileSync(path).readUInt32LE(statSync(path).size - 8);
  };
  const perChunk = ((await sized(60)) - (await sized(10))) / (50 * fields.length);
  expect(perChunk).toBeGreaterThan(60);
  expect(perChunk).toBeLessThan(100);
});
