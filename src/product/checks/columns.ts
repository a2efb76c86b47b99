import type { Field } from '../../types/kinds.ts';
import type { ExportConfig } from '../config/config.ts';
import type { Failure } from './failures.ts';

/** Columns that the configuration names and the query does not return. */
export function missingColumns(
  { name, requiredColumns, unique }: ExportConfig,
  fields: readonly Field[],
): Failure[] {
  const there = new Set(fields.map((field) => field.name));
  const wanted = [
    { setting: 'required_columns', columns: requiredColumns },
    { setting: 'unique', columns: unique.flat() },
  ];
  return wanted.flatMap(({ setting, columns }) => {
    const missing = [...new Set(columns)].filter((column) => !there.has(column));
    if (missing.length === 0) return [];
    const noun = missing.length === 1 ? 'column' : 'columns';
    return [{ name, message: `lacks the ${noun} ${missing.join(', ')} of its ${setting}` }];
  });
}
