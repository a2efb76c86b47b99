import { Problem } from '../problem.ts';
import type { FileSchema, SchemaNode } from './file-schema.ts';
import { FlatTable } from './flatbuffer.ts';
import { Physical } from './physical.ts';

/** Members of the union `Type` (Arrow, Schema.fbs). */
const ArrowType = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  list: 12,
  struct: 13,
  fixedSizeBinary: 15,
  fixedSizeList: 16,
  map: 17,
  duration: 18,
  largeBinary: 19,
  largeUtf8: 20,
  largeList: 21,
  binaryView: 23,
  utf8View: 24,
  listView: 25,
  largeListView: 26,
} as const;

const NAMES = new Map(Object.entries(ArrowType).map(([name, id]) => [id as number, name]));

/** One field: what `Field` of Schema.fbs says. */
class ArrowField {
  readonly name: string;
  readonly nullable: boolean;
  readonly typeId: number;
  /** The parameters of its type, by their ids; null for a type without. */
  readonly type: FlatTable | null;
  readonly #table: FlatTable;

  constructor(table: FlatTable) {
    this.#table = table;
    this.name = table.string(0) ?? '';
    this.nullable = table.uint8(1, 0) !== 0;
    this.typeId = table.uint8(2, 0);
    this.type = table.table(3);
  }

  get typeName(): string {
    return NAMES.get(this.typeId) ?? `type ${this.typeId}`;
  }

  children(): ArrowField[] {
    return this.#table.tables(5).map((child) => new ArrowField(child));
  }
}

/**
 * Checks that the Arrow schema under the key `ARROW:schema` (an encapsulated IPC message in base64) is of the same columns
 * as the Parquet schema. Returns what of it is not known here, for a note. Throws `Problem`.
 */
export function checkArrowSchema(value: Uint8Array, schema: FileSchema, own: boolean): string | null {
  const comparison = new Comparison(own);
  comparison.members(fieldsOf(value), schema.fields, '');
  return comparison.unknown;
}

const SCHEMA_HEADER = 1;

function fieldsOf(value: Uint8Array): ArrowField[] {
  const bytes = Uint8Array.from(Buffer.from(Buffer.from(value).toString('latin1'), 'base64'));
  const view = new DataView(bytes.buffer);
  if (bytes.length < 8) throw new Problem('it is no Arrow message');
  // Older messages begin with their length, newer ones with a marker before it.
  const start = view.getUint32(0, true) === 0xffffffff ? 8 : 4;
  const length = view.getUint32(start - 4, true);
  if (length > bytes.length - start) throw new Problem('its Arrow message ends early');
  const message = FlatTable.root(bytes.subarray(start, start + length));
  const header = message.uint8(1, 0) === SCHEMA_HEADER ? message.table(2) : null;
  if (header === null) throw new Problem('its Arrow message is no schema');
  return header.tables(1).map((field) => new ArrowField(field));
}

class Comparison {
  unknown: string | null = null;
  readonly #own: boolean;

  constructor(own: boolean) {
    this.#own = own;
  }

  members(fields: readonly ArrowField[], nodes: readonly SchemaNode[], path: string): void {
    if (fields.length !== nodes.length) {
      throw new Problem(`${path || 'it'} has ${fields.length} fields, the Parquet schema ${nodes.length}`);
    }
    fields.forEach((field, i) => {
      const node = nodes[i]!;
      if (field.name !== node.name) {
        throw new Problem(`it has a field ${field.name}, the Parquet schema ${node.name}`);
      }
      this.#field(field, node, path === '' ? node.name : `${path}.${node.name}`);
    });
  }

  #field(field: ArrowField, node: SchemaNode, path: string): void {
    if (node.repetition !== 'repeated' && field.nullable !== (node.repetition === 'optional')) {
      const nullable = field.nullable ? 'nullable' : 'not nullable';
      throw new Problem(`${path} is ${nullable}, in the Parquet schema it is ${node.repetition}`);
    }
    switch (field.typeId) {
      case ArrowType.struct:
        this.members(field.children(), groupOf(node, path).children, path);
        break;
      case ArrowType.list:
      case ArrowType.largeList:
      case ArrowType.fixedSizeList:
      case ArrowType.listView:
      case ArrowType.largeListView:
        this.#list(field, groupOf(node, path), path);
        break;
      case ArrowType.map:
        this.#map(field, groupOf(node, path), path);
        break;
      default:
        this.#leaf(field, node, path);
    }
  }

  #list(field: ArrowField, node: SchemaNode, path: string): void {
    const [element] = field.children();
    if (element === undefined) throw new Problem(`${path} is a list without an element`);
    this.#field(element, elementOf(node), `${path}.element`);
  }

  #map(field: ArrowField, { children: [entriesNode] }: SchemaNode, path: string): void {
    const [entries] = field.children();
    const [key, value] = entries?.children() ?? [];
    const [keyNode, valueNode] = entriesNode!.children;
    if (key === undefined || value === undefined || keyNode === undefined) {
      throw new Problem(`${path} is a map without keys or values`);
    }
    this.#field(key, keyNode, `${path}.key`);
    if (valueNode !== undefined) this.#field(value, valueNode, `${path}.value`);
  }

  #leaf(field: ArrowField, node: SchemaNode, path: string): void {
    if (node.leaf === null)
      throw new Problem(`${path} is ${field.typeName}, in the Parquet schema it is a group`);
    const agrees = this.#agrees(field, node);
    if (agrees === null) this.unknown = `the Arrow type of ${path}`;
    if (agrees === false) {
      throw new Problem(
        `${path} is ${field.typeName}, which does not go with its type in the Parquet schema`,
      );
    }
  }

  /** Whether a type without children goes with a leaf; null where this is not known. */
  #agrees({ typeId, type }: ArrowField, { annotation, leaf }: SchemaNode): boolean | null {
    const { physical, width } = leaf!;
    const { id } = annotation;
    switch (typeId) {
      case ArrowType.null:
        return id === 'null' || id === 'none';
      case ArrowType.bool:
        return physical === Physical.boolean;
      case ArrowType.int:
        return this.#integerAgrees(type, annotation, width);
      case ArrowType.float:
        return (
          [id === 'float16', physical === Physical.float, physical === Physical.double][
            type?.int16(0, 0) ?? 0
          ] ?? false
        );
      case ArrowType.utf8:
      case ArrowType.largeUtf8:
      case ArrowType.utf8View:
        return physical === Physical.bytes && ['string', 'json', 'enum', 'none'].includes(id);
      case ArrowType.binary:
      case ArrowType.largeBinary:
      case ArrowType.binaryView:
        return physical === Physical.bytes && (!this.#own || id === 'none');
      case ArrowType.fixedSizeBinary:
        return physical === Physical.fixed && width === type?.int32(0, 0);
      case ArrowType.decimal:
        return (
          id === 'decimal' &&
          annotation.precision === type?.int32(0, 0) &&
          annotation.scale === type?.int32(1, 0)
        );
      case ArrowType.date:
        return id === 'date' || (!this.#own && id === 'timestamp');
      case ArrowType.time:
        return id === 'time' && this.#unitAgrees(type?.int16(0, 1), annotation.unit);
      case ArrowType.timestamp: {
        if (id !== 'timestamp') return !this.#own && physical === Physical.int96;
        const utc = (type?.string(1) ?? '') !== '';
        return this.#unitAgrees(type?.int16(0, 0), annotation.unit) && (!this.#own || utc === annotation.utc);
      }
      case ArrowType.duration:
        return physical === Physical.int64;
      default:
        return null;
    }
  }

  #integerAgrees(
    type: FlatTable | null,
    annotation: SchemaNode['annotation'],
    width: number | null,
  ): boolean {
    const bits = type?.int32(0, 0) ?? 0;
    const signed = type?.uint8(1, 0) === 1;
    if (annotation.id === 'integer') return annotation.bitWidth === bits && annotation.signed === signed;
    if (annotation.id !== 'none') return false;
    return this.#own ? signed && 8 * width! === bits : 8 * width! >= bits;
  }

  /** Other writers may store a timestamp in another unit than Arrow's. */
  #unitAgrees(unit: number | undefined, stored: string): boolean {
    return !this.#own || ['SECONDS', 'MILLIS', 'MICROS', 'NANOS'][unit ?? 0] === stored;
  }
}

function groupOf(node: SchemaNode, path: string): SchemaNode {
  if (node.leaf !== null) throw new Problem(`${path} is nested, in the Parquet schema it is not`);
  return node;
}

/** The element of a list: below its repeated group, or of old writers that itself. */
function elementOf({ children }: SchemaNode): SchemaNode {
  const repeated = children[0]!;
  return repeated.leaf === null && repeated.children.length === 1 ? repeated.children[0]! : repeated;
}
