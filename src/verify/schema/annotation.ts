import { Problem } from '../problem.ts';
import type { LogicalType, SchemaElement } from '../thrift/metadata.ts';
import { Physical, physicalName } from './physical.ts';

/** What a column's values mean, from its logical type or the older converted type. */
export type Annotation =
  | { readonly id: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly id: 'time' | 'timestamp'; readonly unit: TimeUnit; readonly utc: boolean }
  | { readonly id: 'integer'; readonly bitWidth: number; readonly signed: boolean }
  | { readonly id: PlainAnnotation };

export type TimeUnit = 'MILLIS' | 'MICROS' | 'NANOS';

type PlainAnnotation =
  | 'none'
  | 'string'
  | 'enum'
  | 'json'
  | 'bson'
  | 'uuid'
  | 'date'
  | 'float16'
  | 'interval'
  | 'list'
  | 'map'
  | 'variant'
  | 'geometry'
  | 'geography'
  | 'null'
  | 'unknown';

const MEMBERS: Readonly<Record<string, PlainAnnotation>> = {
  STRING: 'string',
  MAP: 'map',
  LIST: 'list',
  ENUM: 'enum',
  DATE: 'date',
  UNKNOWN: 'null',
  JSON: 'json',
  BSON: 'bson',
  UUID: 'uuid',
  FLOAT16: 'float16',
  VARIANT: 'variant',
  GEOMETRY: 'geometry',
  GEOGRAPHY: 'geography',
  unknown: 'unknown',
};

/** The annotation of a schema element (Parquet format, LogicalTypes.md). Throws `Problem` where its parts contradict. */
export function annotationOf(element: SchemaElement): Annotation {
  const { logicalType, converted_type: converted } = element;
  const older = converted === undefined ? null : fromConverted(converted, element);
  if (logicalType === undefined) return older ?? { id: 'none' };
  const annotation = fromLogical(logicalType);
  if (annotation.id === 'decimal' && element.scale !== undefined && element.precision !== undefined) {
    if (element.scale !== annotation.scale || element.precision !== annotation.precision) {
      throw new Problem('scale and precision are not those of the logical type');
    }
  }
  if (older !== null && !agree(annotation, older)) {
    throw new Problem(`the logical type ${annotation.id} and the converted type ${converted} contradict`);
  }
  return annotation;
}

function fromLogical(type: LogicalType): Annotation {
  switch (type.member) {
    case 'DECIMAL':
      return { id: 'decimal', precision: type.value.precision, scale: type.value.scale };
    case 'TIME':
    case 'TIMESTAMP': {
      const { unit, isAdjustedToUTC: utc } = type.value;
      if (unit.member === 'unknown') return { id: 'unknown' };
      return { id: type.member === 'TIME' ? 'time' : 'timestamp', unit: unit.member, utc };
    }
    case 'INTEGER':
      return { id: 'integer', bitWidth: type.value.bitWidth, signed: type.value.isSigned };
    default:
      return { id: MEMBERS[type.member]! };
  }
}

const MAP_KEY_VALUE = 2;
const REPEATED = 2;

function fromConverted(
  converted: number,
  { precision = 0, scale = 0, repetition_type: repetition }: SchemaElement,
): Annotation {
  // Older writers put it on the repeated group of a map's entries.
  if (converted === MAP_KEY_VALUE && repetition === REPEATED) return { id: 'none' };
  const integer = (bitWidth: number, signed: boolean): Annotation => ({ id: 'integer', bitWidth, signed });
  const temporal = (id: 'time' | 'timestamp', unit: TimeUnit): Annotation => ({ id, unit, utc: true });
  const annotations: readonly Annotation[] = [
    { id: 'string' },
    { id: 'map' },
    { id: 'map' },
    { id: 'list' },
    { id: 'enum' },
    { id: 'decimal', precision, scale },
    { id: 'date' },
    temporal('time', 'MILLIS'),
    temporal('time', 'MICROS'),
    temporal('timestamp', 'MILLIS'),
    temporal('timestamp', 'MICROS'),
    ...[8, 16, 32, 64].map((bits) => integer(bits, false)),
    ...[8, 16, 32, 64].map((bits) => integer(bits, true)),
    { id: 'json' },
    { id: 'bson' },
    { id: 'interval' },
  ];
  const annotation = annotations[converted];
  if (annotation === undefined) throw new Problem(`there is no converted type ${converted}`);
  return annotation;
}

/** Converted types cannot tell local times from those of UTC. */
function agree(a: Annotation, b: Annotation): boolean {
  return JSON.stringify({ ...a, utc: null }) === JSON.stringify({ ...b, utc: null });
}

/** Throws `Problem` where the annotation is not for a column of this physical type. */
export function checkLeafAnnotation(annotation: Annotation, physical: number, typeLength: number): void {
  const is = (...types: readonly number[]) => types.includes(physical);
  const legal = (): boolean => {
    switch (annotation.id) {
      case 'none':
      case 'null':
      case 'unknown':
        return true;
      case 'string':
      case 'enum':
      case 'json':
      case 'bson':
      case 'geometry':
      case 'geography':
        return is(Physical.bytes);
      case 'decimal':
        return decimalFits(annotation, physical, typeLength);
      case 'date':
        return is(Physical.int32);
      case 'time':
        return is(annotation.unit === 'MILLIS' ? Physical.int32 : Physical.int64);
      case 'timestamp':
        return is(Physical.int64);
      case 'integer':
        return (
          [8, 16, 32, 64].includes(annotation.bitWidth) &&
          is(annotation.bitWidth === 64 ? Physical.int64 : Physical.int32)
        );
      case 'uuid':
        return is(Physical.fixed) && typeLength === 16;
      case 'float16':
        return is(Physical.fixed) && typeLength === 2;
      case 'interval':
        return is(Physical.fixed) && typeLength === 12;
      case 'list':
      case 'map':
      case 'variant':
        return false;
    }
  };
  if (!legal()) throw new Problem(`${physicalName(physical)} cannot be annotated as ${inWords(annotation)}`);
}

function decimalFits(
  { precision, scale }: { readonly precision: number; readonly scale: number },
  physical: number,
  typeLength: number,
): boolean {
  if (precision < 1 || scale < 0 || scale > precision) return false;
  switch (physical) {
    case Physical.int32:
      return precision <= 9;
    case Physical.int64:
      return precision <= 18;
    case Physical.fixed:
      return precision <= Math.floor((8 * typeLength - 1) * Math.log10(2));
    default:
      return physical === Physical.bytes;
  }
}

export function inWords(annotation: Annotation): string {
  switch (annotation.id) {
    case 'decimal':
      return `decimal(${annotation.precision}, ${annotation.scale})`;
    case 'integer':
      return `${annotation.signed ? '' : 'u'}int${annotation.bitWidth}`;
    case 'time':
    case 'timestamp':
      return `${annotation.id}(${annotation.unit})`;
    default:
      return annotation.id;
  }
}
