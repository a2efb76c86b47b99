import { ExportError } from '../errors.ts';
import type { ColumnDesc } from '../types/pg-type.ts';

/**
 * The columns with names of their own: readers find columns by name, many of them ignoring case. Duplicates are an
 * `ExportError` (`unsupported`), or become `a_1`, `a_2`, … if they shall be renamed.
 */
export function distinctNames(
  columns: readonly ColumnDesc[],
  duplicates: 'error' | 'rename',
): readonly ColumnDesc[] {
  if (columns.length === 0) {
    throw new ExportError('unsupported', 'the query returns rows without columns', {
      stage: 'plan',
      hint: 'select at least one column',
    });
  }
  const taken = new Map(columns.map(({ name }) => [name.toLowerCase(), name]));
  const seen = new Map<string, string>();
  return columns.map((column) => {
    const key = column.name.toLowerCase();
    const earlier = seen.get(key);
    seen.set(key, earlier ?? column.name);
    if (earlier === undefined) return column;
    if (duplicates === 'error') throw duplicateError(earlier, column.name);
    const name = freeName(column.name, taken);
    taken.set(name.toLowerCase(), name);
    return { ...column, name };
  });
}

function freeName(name: string, taken: ReadonlyMap<string, string>): string {
  let number = 1;
  while (taken.has(`${name}_${number}`.toLowerCase())) number++;
  return `${name}_${number}`;
}

function duplicateError(earlier: string, name: string): ExportError {
  const pair = earlier === name ? `two columns named ${name}` : `columns named ${earlier} and ${name}`;
  return new ExportError('unsupported', `the query returns ${pair}`, {
    stage: 'plan',
    column: name,
    hint: 'give each column a name of its own with AS, or let them be renamed with --duplicate-columns rename',
  });
}
