import { ExportError } from '../errors.ts';
import { arrowName } from './arrow-names.ts';
import type { DataType } from './kinds.ts';
import type { ColumnDesc, ColumnPlan } from './pg-type.ts';
import { possibleTypes, resolve, type TypeSettings } from './resolve.ts';

/**
 * Decides how a column is read and what it becomes. `wanted` is the Arrow type that the user asks for, if any. Throws
 * `ExportError` (`unsupported`) if the column cannot become it, or cannot be exported at all.
 */
export function planColumn(column: ColumnDesc, settings: TypeSettings, wanted?: DataType): ColumnPlan {
  const { name, type, dimensions, comment } = column;
  if (type.name === 'record' && type.shape.kind === 'pseudo') {
    throw new ExportError('unsupported', 'a column of type record has no names and types for its members', {
      stage: 'plan',
      column: name,
      hint: 'cast it to a composite type or to text in the query, or select its members one by one',
    });
  }
  const override = wanted ?? settings.overrides.get(type.oid);
  const resolved = resolve(type, dimensions, settings, override);
  if (resolved !== null) return { name, pgType: type.formatted, comment, ...resolved };
  const asked = override === undefined ? 'what is asked for' : arrowName(override);
  throw new ExportError('unsupported', `a column of type ${type.formatted} cannot become ${asked}`, {
    stage: 'plan',
    column: name,
    hint: `ask for ${possibleTypes(type, settings).map(arrowName).join(', ')}, or cast the column in the query`,
  });
}
