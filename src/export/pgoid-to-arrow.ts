import type { DataType as ArrowType } from 'apache-arrow';
import { fromArrowType } from '../arrow/from-arrow.ts';
import { toArrowType } from '../arrow/to-arrow.ts';
import { ExportError } from '../errors.ts';
import type { DataType } from '../types/kinds.ts';
import { defaultType, PG_TYPES } from '../types/registry.ts';
import type { ArrowTypeOverrides } from '../types/resolve.ts';

const DEFAULTS: ReadonlyMap<number, ArrowType> = new Map(
  PG_TYPES.flatMap((type) => ('oid' in type.match ? [[type.match.oid, toArrowType(defaultType(type))]] : [])),
);

/** See index.ts. */
export const PGOID_TO_ARROW: Map<number, ArrowType> = new Map(DEFAULTS);

/**
 * What `PGOID_TO_ARROW` asks for now: the entries that are no longer the ones it began with, and text for those that
 * are gone. Throws `ExportError` (`usage`, `unsupported`).
 */
export function requestedTypes(): ArrowTypeOverrides {
  const requested = new Map<number, DataType>();
  for (const oid of DEFAULTS.keys()) requested.set(oid, { id: 'utf8' });
  for (const [oid, type] of PGOID_TO_ARROW) {
    if (type === DEFAULTS.get(oid)) requested.delete(oid);
    else requested.set(oid, fromArrowType(checked(oid, type)));
  }
  return requested;
}

/** For callers that the compiler did not check: a type's class instead of a type is a usual mistake. */
function checked(oid: unknown, type: ArrowType): ArrowType {
  if (!Number.isInteger(oid) || !Number.isInteger(type?.typeId)) {
    throw new ExportError(
      'usage',
      'PGOID_TO_ARROW has an entry that is not an OID with an apache-arrow type',
      {
        stage: 'options',
        hint: `set numbers to instances of apache-arrow's types, such as PGOID_TO_ARROW.set(1700, new Float64())`,
      },
    );
  }
  return type;
}
