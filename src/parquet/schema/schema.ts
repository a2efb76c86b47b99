import { ExportError } from '../../errors.ts';
import type { Field } from '../../types/kinds.ts';
import { childFields } from '../../types/kinds.ts';
import type { CompactWriter } from '../file/thrift.ts';
import type { LeafType } from './leaf-type.ts';
import { leafTypeOf, Physical } from './leaf-type.ts';

/** A leaf column of the file: one column chunk per row group. */
export interface LeafSchema {
  readonly type: LeafType;
  readonly path: readonly string[];
  readonly maxDefinition: number;
  readonly maxRepetition: number;
  /** Whether its chunks get bloom filters. */
  readonly bloomFilter: boolean;
}

/** The schema as a tree that follows the columns' tree: its nodes are what levels are made from. */
export type SchemaNode =
  | { readonly kind: 'leaf'; readonly nullable: boolean; readonly name: string; readonly leaf: LeafSchema }
  | {
      readonly kind: 'list';
      readonly nullable: boolean;
      readonly name: string;
      readonly repetition: number;
      readonly child: SchemaNode;
    }
  | {
      readonly kind: 'struct';
      readonly nullable: boolean;
      readonly name: string;
      readonly children: readonly SchemaNode[];
    };

/** One `SchemaElement` of the footer. */
export interface SchemaElement {
  readonly name: string;
  readonly repetition: number;
  readonly leaf?: LeafType;
  readonly children?: number;
  readonly convertedType?: number;
  readonly logicalType?: (out: CompactWriter) => void;
}

export interface ParquetSchema {
  /** Depth first, without the root. */
  readonly elements: readonly SchemaElement[];
  /** One per field. */
  readonly roots: readonly SchemaNode[];
  readonly leaves: readonly LeafSchema[];
}

/** The leaves below a node, in schema order. */
export function leavesBelow(node: SchemaNode): readonly LeafSchema[] {
  switch (node.kind) {
    case 'leaf':
      return [node.leaf];
    case 'list':
      return leavesBelow(node.child);
    case 'struct':
      return node.children.flatMap(leavesBelow);
  }
}

const Repetition = { required: 0, optional: 1, repeated: 2 } as const;
const list = { convertedType: 3, logicalType: (out: CompactWriter) => out.fieldEmptyStruct(3) };
const map = { convertedType: 1, logicalType: (out: CompactWriter) => out.fieldEmptyStruct(2) };

// Levels are counted in bytes' worth of values; nobody nests so deep on purpose.
const MAX_LEVEL = 255;

/**
 * The Parquet schema of the fields (Parquet format, "Nested Encoding" and LogicalTypes.md, "Nested Types").
 *
 * `bloomFilters` names fields whose leaves get bloom filters.
 *
 * @throws ExportError for a struct without members, nesting beyond 255 levels, or a bloom filter that cannot be
 */
export function parquetSchema(fields: readonly Field[], bloomFilters: readonly string[]): ParquetSchema {
  checkBloomFilters(fields, bloomFilters);
  const builder = new SchemaBuilder(bloomFilters);
  const roots = fields.map((field) => builder.add(field, { path: [], definition: 0, repetition: 0 }));
  return { elements: builder.elements, roots, leaves: builder.leaves };
}

function checkBloomFilters(fields: readonly Field[], names: readonly string[]): void {
  for (const name of names) {
    const field = fields.find((each) => each.name === name);
    if (field === undefined) {
      const some = fields.slice(0, 20).map((each) => each.name);
      throw new ExportError('unsupported', `there is no column ${name}, for which a bloom filter is asked`, {
        stage: 'plan',
        column: name,
        hint: `the columns are ${some.join(', ')}${fields.length > some.length ? ', …' : ''}`,
      });
    }
    if (field.type.id === 'bool') {
      throw new ExportError('unsupported', `there are no bloom filters for booleans such as ${name}`, {
        stage: 'plan',
        column: name,
        hint: 'leave the column out of the bloom filters; minimum and maximum say the same of it',
      });
    }
  }
}

interface Position {
  readonly path: readonly string[];
  readonly definition: number;
  readonly repetition: number;
}

class SchemaBuilder {
  readonly elements: SchemaElement[] = [];
  readonly leaves: LeafSchema[] = [];
  private readonly bloomFilters: ReadonlySet<string>;

  constructor(bloomFilters: readonly string[]) {
    this.bloomFilters = new Set(bloomFilters);
  }

  add(field: Field, at: Position, name = field.name): SchemaNode {
    const { type, nullable } = field;
    const inside: Position = {
      path: [...at.path, name],
      definition: at.definition + (nullable ? 1 : 0),
      repetition: at.repetition,
    };
    const element = { name, repetition: nullable ? Repetition.optional : Repetition.required };
    switch (type.id) {
      case 'list':
        this.elements.push({ ...element, children: 1, ...list });
        this.elements.push({ name: 'list', repetition: Repetition.repeated, children: 1 });
        return this.repeated(field, name, inside, 'list', (below) =>
          this.add(type.element, below, 'element'),
        );
      case 'map':
        this.elements.push({ ...element, children: 1, ...map });
        this.elements.push({ name: 'key_value', repetition: Repetition.repeated, children: 2 });
        return this.repeated(field, name, inside, 'key_value', (below) => ({
          kind: 'struct',
          nullable: false,
          name: 'key_value',
          // Parquet's map keys are required, whatever the field says.
          children: [
            this.add({ ...type.key, nullable: false }, below, 'key'),
            this.add(type.value, below, 'value'),
          ],
        }));
      case 'struct':
        return this.struct(field, element, inside);
      default:
        return this.leaf(field, element, inside);
    }
  }

  private repeated(
    field: Field,
    name: string,
    inside: Position,
    group: string,
    addChild: (below: Position) => SchemaNode,
  ): SchemaNode {
    const repetition = inside.repetition + 1;
    const below = { path: [...inside.path, group], definition: inside.definition + 1, repetition };
    return { kind: 'list', nullable: field.nullable, name, repetition, child: addChild(below) };
  }

  private struct(field: Field, element: SchemaElement, inside: Position): SchemaNode {
    const members = childFields(field.type);
    if (members.length === 0) {
      throw new ExportError('unsupported', `${inside.path.join('.')} is a struct without members`, {
        stage: 'plan',
        column: inside.path[0],
        hint: 'Parquet cannot store it; export the column as text',
      });
    }
    this.elements.push({ ...element, children: members.length });
    const children = members.map((member) => this.add(member, inside));
    return { kind: 'struct', nullable: field.nullable, name: element.name, children };
  }

  private leaf(field: Field, element: SchemaElement, inside: Position): SchemaNode {
    if (inside.definition > MAX_LEVEL) {
      throw new ExportError('unsupported', `the column is nested more than ${MAX_LEVEL} levels deep`, {
        stage: 'plan',
        column: inside.path[0],
        hint: 'export the column as text',
      });
    }
    const type = leafTypeOf(field.type);
    const { convertedType, logicalType } = type;
    this.elements.push({
      ...element,
      leaf: type,
      ...(convertedType === undefined ? {} : { convertedType }),
      ...(logicalType === undefined ? {} : { logicalType }),
    });
    const leaf: LeafSchema = {
      type,
      path: inside.path,
      maxDefinition: inside.definition,
      maxRepetition: inside.repetition,
      bloomFilter: this.bloomFilters.has(inside.path[0]!) && type.physical !== Physical.boolean,
    };
    this.leaves.push(leaf);
    return { kind: 'leaf', nullable: field.nullable, name: element.name, leaf };
  }
}
