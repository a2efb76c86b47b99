import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyFile } from '../../src/verify/verify-file.ts';
import { writeColumn } from '../parquet/files.ts';
import { python, runPython } from '../support/python.ts';
import { needModule } from '../support/python-module.ts';
import { problemOf } from './in-memory.ts';

const directory = mkdtempSync(join(tmpdir(), 'ddpp-foreign-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What of these files cannot be held against anything; everything of all others is checked. */
const NOT_CHECKED: readonly (readonly [RegExp, readonly RegExp[]])[] = [
  [
    /^duckdb/,
    [/^counts of distinct values$/, /^the encodings of (duration|span), of which the footer says nothing$/],
  ],
  [/^polars-small/, [/^counts of distinct values$/]],
  [/DELTA_BYTE_ARRAY/, [/^the size of the byte arrays of \w+$/]],
];

describe.skipIf(python() === null)('valid files of other writers', () => {
  let rows: Readonly<Record<string, number>>;

  beforeAll(async () => {
    needModule('polars', (reason) => {
      throw new Error(reason);
    });
    const own = await writeColumn({ name: 'c', type: { id: 'utf8' }, nullable: true }, ['a', null, 'b']);
    const program = readFileSync(fileURLToPath(new URL('write_foreign.py', import.meta.url)), 'utf8');
    rows = runPython(program, [directory, own]);
  });

  test('pass, of PyArrow, DuckDB and Polars, and what cannot be checked is named', async () => {
    const names = Object.keys(rows);
    expect(names.length).toBeGreaterThan(30);
    for (const name of names) {
      const report = await verifyFile(join(directory, name));
      expect(report.rows, name).toBe(rows[name]);
      const allowed = NOT_CHECKED.filter(([file]) => file.test(name)).flatMap(([, notes]) => notes);
      expect(
        report.notChecked.filter((note) => !allowed.some((each) => each.test(note))),
        name,
      ).toEqual([]);
    }
  });

  test.each(['pyarrow-index.parquet', 'pyarrow-pages-v2.parquet'])(
    'of %s, which has checksums, changed bytes of pages are caught',
    async (name) => {
      const bytes = readFileSync(join(directory, name));
      const missed: number[] = [];
      // Far before the page index, which lies at the end.
      for (let at = 10; at < bytes.length / 2; at += 1499) {
        bytes[at]! ^= 0x04;
        if ((await problemOf(bytes)) === null) missed.push(at);
        bytes[at]! ^= 0x04;
      }
      // A bit of a page header or of its statistics may leave all that is said true.
      expect(missed.length).toBeLessThan(4);
    },
  );

  test('of files without checksums, no changed byte crashes the check or makes it hang', async () => {
    for (const name of [
      'duckdb-v2.parquet',
      'pyarrow-DELTA_BYTE_ARRAY-1.0.parquet',
      'pyarrow-uncompressed.parquet',
    ]) {
      const bytes = readFileSync(join(directory, name));
      for (let at = 4; at < bytes.length; at += 2999) {
        bytes[at]! ^= 0xff;
        await problemOf(bytes);
        bytes[at]! ^= 0xff;
      }
    }
  });
});
