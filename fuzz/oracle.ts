import { ExportError } from '../src/errors.ts';
import type { Recording } from './corpus.ts';
import { type DecodeCase, type Decoded, decode } from './decode.ts';
import { type ExpectedStream, expectedOf } from './expected.ts';

/** What came of a stream that is not what must come of it; null if it is. */
export function check({ columns, shapes, transport }: Recording, one: DecodeCase): string | null {
  const wanted = expectedOf(transport, shapes, one.stream, one.onUnrepresentable);
  let got: Decoded;
  try {
    got = decode(one);
  } catch (error) {
    return `the harness failed: ${(error as Error).stack}`;
  }
  return compare(
    wanted,
    got,
    columns.map(({ name }) => name),
  );
}

const CODES = ['protocol', 'value', 'unsupported', 'query'];

function compare(
  { expected, odd, forwarded }: ExpectedStream,
  got: Decoded,
  names: readonly string[],
): string | null {
  const { outcome } = got;
  if (outcome.kind === 'error') {
    const { error } = outcome;
    if (!(error instanceof ExportError)) return `crash: ${error instanceof Error ? error.stack : error}`;
    if (!CODES.includes(error.code)) return `code ${error.code}: ${error.message}`;
    if (odd) return null;
    if (expected.kind !== 'error')
      return `refused, but ${expected.kind} of ${JSON.stringify(expected.rows)}: ${error.message}`;
    if (error.row !== undefined && error.row !== expected.row) {
      return `row ${error.row} instead of ${expected.row}: ${error.message}`;
    }
    const column = expected.column === null ? undefined : names[expected.column];
    if (column !== undefined && error.column !== column) {
      return `column ${error.column} instead of ${column}: ${error.message}`;
    }
    return null;
  }
  if (expected.kind === 'error') return `not refused in row ${expected.row}: ${JSON.stringify(outcome)}`;
  if (expected.kind !== outcome.kind) return `${outcome.kind} instead of ${expected.kind}`;
  if (JSON.stringify(outcome.rows) !== JSON.stringify(expected.rows)) {
    return `wrong values: ${JSON.stringify(outcome.rows)} instead of ${JSON.stringify(expected.rows)}`;
  }
  if (got.forwarded !== forwarded) return `forwarded ${got.forwarded} instead of ${forwarded}`;
  if (outcome.kind !== 'rows' || expected.kind !== 'rows') return null;
  const nulls = Object.fromEntries(
    names.map((name, i) => [name, expected.nulls[i]!]).filter(([, count]) => count !== 0),
  );
  return JSON.stringify(outcome.nulls) === JSON.stringify(nulls)
    ? null
    : `nulls: ${JSON.stringify(outcome.nulls)}`;
}
