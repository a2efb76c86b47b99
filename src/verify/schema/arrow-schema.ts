import { DataType, type Field, MessageReader } from 'apache-arrow';
import { Problem } from '../problem.ts';
import type { FileSchema, SchemaNode } from './file-schema.ts';
import { Physical } from './physical.ts';

/**
 * Checks that the Arrow schema under the key `ARROW:schema` (an IPC message in base64) is of the same columns as the Parquet
 * schema. Returns what of it is not known here, for a note. Throws `Problem`.
 */
export function checkArrowSchema(value: Uint8Array, schema: FileSchema, own: boolean): string | null {
  let fields: readonly Field[];
  try {
    const message = new MessageReader(Buffer.from(Buffer.from(value).toString('latin1'), 'base64'));
    const arrow = message.readSchema();
    if (!arrow) throw new Error('there is no schema in it');
    fields = arrow.fields;
  } catch (error) {
    if (own) throw new Problem(`it cannot be read: ${(error as Error).message}`);
    return `ARROW:schema (${(error as Error).message})`;
  }
  const comparison = new Comparison(own);
  comparison.members(fields, schema.fields, '');
  return comparison.unknown;
}

class Comparison {
  unknown: string | null = null;
  readonly #own: boolean;

  constructor(own: boolean) {
    this.#own = own;
  }

  members(fields: readonly Field[], nodes: readonly SchemaNode[], path: string): void {
    if (fields.length !== nodes.length) {
      throw new Problem(`${path || 'it'} has ${fields.length} fields, the Parquet schema ${nodes.length}`);
    }
    fields.forEach((field, i) => {
      const node = nodes[i]!;
      if (field.name !== node.name)
        throw new Problem(`it has a field ${field.name}, the Parquet schema ${node.name}`);
      this.#field(field, node, path === '' ? node.name : `${path}.${node.name}`);
    });
  }

  #field(field: Field, node: SchemaNode, path: string): void {
    if (node.repetition !== 'repeated' && field.nullable !== (node.repetition === 'optional')) {
      throw new Problem(
        `${path} is ${field.nullable ? '' : 'not '}nullable, in the Parquet schema it is ${node.repetition}`,
      );
    }
    const type: DataType = DataType.isDictionary(field.type) ? field.type.dictionary : field.type;
    // Lists of all kinds have one child, large ones too.
    const children: readonly Field[] = type.children ?? [];
    if (DataType.isMap(type)) {
      this.#map(children[0]!, this.#group(node, path), path);
    } else if (DataType.isStruct(type)) {
      this.members(children, this.#group(node, path).children, path);
    } else if (children.length === 1) {
      this.#field(children[0]!, elementOf(this.#group(node, path)), `${path}.element`);
    } else {
      this.#leaf(type, node, path);
    }
  }

  #map({ type }: Field, { children }: SchemaNode, path: string): void {
    const [key, value] = type.children as Field[];
    const [keyNode, valueNode] = children[0]!.children;
    this.#field(key!, keyNode!, `${path}.key`);
    if (valueNode !== undefined) this.#field(value!, valueNode, `${path}.value`);
  }

  #leaf(type: DataType, node: SchemaNode, path: string): void {
    if (node.leaf === null) throw new Problem(`${path} is ${type}, in the Parquet schema it is a group`);
    const agrees = this.#agrees(type, node);
    if (agrees === false)
      throw new Problem(`${path} is ${type}, which does not go with its type in the Parquet schema`);
    if (agrees === null) this.unknown = `the Arrow type of ${path}`;
  }

  #group(node: SchemaNode, path: string): SchemaNode {
    if (node.leaf !== null) throw new Problem(`${path} is nested, in the Parquet schema it is not`);
    return node;
  }

  /** Whether a type without children goes with a leaf; null where this is not known. */
  #agrees(type: DataType, { annotation, leaf }: SchemaNode): boolean | null {
    const { physical, width } = leaf!;
    const { id } = annotation;
    if (DataType.isNull(type)) return id === 'null' || id === 'none';
    if (DataType.isDuration(type)) return physical === Physical.int64;
    if (DataType.isBool(type)) return physical === Physical.boolean;
    if (DataType.isInt(type)) {
      if (id === 'integer')
        return annotation.bitWidth === type.bitWidth && annotation.signed === type.isSigned;
      if (this.#own && (!type.isSigned || type.bitWidth < 32)) return false;
      return id === 'none' && (this.#own ? 8 * width! === type.bitWidth : 8 * width! >= type.bitWidth);
    }
    if (DataType.isFloat(type)) {
      return (
        [id === 'float16', physical === Physical.float, physical === Physical.double][type.precision] ?? false
      );
    }
    if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) {
      return physical === Physical.bytes && ['string', 'json', 'enum', 'none'].includes(id);
    }
    if (DataType.isBinary(type) || DataType.isLargeBinary(type)) {
      return physical === Physical.bytes && (!this.#own || id === 'none');
    }
    if (DataType.isFixedSizeBinary(type)) return physical === Physical.fixed && width === type.byteWidth;
    if (DataType.isDecimal(type)) {
      return id === 'decimal' && annotation.precision === type.precision && annotation.scale === type.scale;
    }
    if (DataType.isDate(type)) return id === 'date' || (!this.#own && id === 'timestamp');
    if (DataType.isTime(type)) return id === 'time' && this.#unitAgrees(type.unit, annotation.unit);
    if (DataType.isTimestamp(type)) {
      if (id !== 'timestamp') return !this.#own && physical === Physical.int96;
      const utc = type.timezone != null && type.timezone !== '';
      return this.#unitAgrees(type.unit, annotation.unit) && (!this.#own || utc === annotation.utc);
    }
    return null;
  }

  /** Other writers may store a timestamp in another unit than Arrow's. */
  #unitAgrees(unit: number, stored: string): boolean {
    return !this.#own || ['SECONDS', 'MILLIS', 'MICROS', 'NANOS'][unit] === stored;
  }
}

/** The element of a list: below its repeated group, or of old writers that itself. */
function elementOf({ children }: SchemaNode): SchemaNode {
  const repeated = children[0]!;
  return repeated.leaf === null && repeated.children.length === 1 ? repeated.children[0]! : repeated;
}
