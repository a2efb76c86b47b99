import { ExportError } from '../errors.ts';
import { parseArrowName } from '../types/arrow-names.ts';
import type { DataType } from '../types/kinds.ts';
import type { QueryOptions } from './options.ts';

const EXAMPLES = 'int64, float64, string, binary, decimal128(10,2), timestamp[us, UTC], int32[][]';

/** Throws `ExportError` (`usage`) if an option about columns and types is wrong, whatever the query is. */
export function checkTypeOptions(options: QueryOptions): void {
  numericOption(options);
  columnTypesOption(options);
  const { onUnrepresentable = 'error', duplicateColumns = 'error' } = options;
  if (onUnrepresentable !== 'error' && onUnrepresentable !== 'null') {
    throw usage(`onUnrepresentable is ${onUnrepresentable}`, "choose 'error' or 'null'");
  }
  if (duplicateColumns !== 'error' && duplicateColumns !== 'rename') {
    throw usage(`duplicateColumns is ${duplicateColumns}`, "choose 'error' or 'rename'");
  }
}

/** The Arrow type that bare `numeric` shall become; null for its exact text. Throws `ExportError` (`usage`). */
export function numericOption({ numeric = 'auto' }: Pick<QueryOptions, 'numeric'>): DataType | null {
  if (numeric === 'auto' || numeric === 'string') return null;
  const type = parseArrowName(numeric);
  if (type?.id === 'decimal128' || (type?.id === 'float' && type.bitWidth === 64)) return type;
  throw usage(`numeric cannot become ${numeric}`, 'choose auto, string, float64 or decimal128(p,s)');
}

/** The Arrow types that are asked for by column. Throws `ExportError` (`usage`). */
export function columnTypesOption({
  columnTypes = {},
}: Pick<QueryOptions, 'columnTypes'>): ReadonlyMap<string, DataType> {
  return new Map(
    Object.entries(columnTypes).map(([name, text]) => {
      const type = parseArrowName(text);
      if (type === null)
        throw usage(
          `${text}, the type asked for column ${name}, is no Arrow type`,
          `give one like ${EXAMPLES}`,
        );
      return [name, type];
    }),
  );
}

function usage(message: string, hint: string): ExportError {
  return new ExportError('usage', message, { stage: 'options', hint });
}
