import { ExportError } from '../errors.ts';
import { arrowName } from './arrow-names.ts';
import type { DataType } from './kinds.ts';
import type { ColumnDesc, ColumnPlan } from './pg-type.ts';
import { possibleTypes, resolve, type TypeSettings } from './resolve.ts';

/** The type of rows whose members nobody has declared. */
const RECORD = 2249;

/**
 * Decides how a column is read and what it becomes. `wanted` is the Arrow type that the user asks for, if any. Throws
 * `ExportError` (`unsupported`) if the column cannot become it, or cannot be exported at all.
 */
export function planColumn(column: ColumnDesc, settings: TypeSettings, wanted?: DataType): ColumnPlan {
  const { name, type, dimensions, comment } = column;
  const override = wanted ?? settings.overrides.get(type.oid);
  if (type.oid === RECORD && override === undefined) {
    throw new ExportError('unsupported', 'a column of type record has no names and types for its members', {
      stage: 'plan',
      column: name,
      hint: 'cast it to a composite type in the query, select its members one by one, or export it as text with --column-type NAME=string',
    });
  }
  const resolved = resolve(type, dimensions, settings, override);
  if (resolved !== null) return { name, pgType: type.formatted, comment, ...resolved };
  const asked = override === undefined ? 'what is asked for' : arrowName(override);
  throw new ExportError('unsupported', `a column of type ${type.formatted} cannot become ${asked}`, {
    stage: 'plan',
    column: name,
    hint: `ask for ${possibleTypes(type, settings).map(arrowName).join(', ')}, or cast the column in the query`,
  });
}
