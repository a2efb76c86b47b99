import { Problem, within } from '../problem.ts';
import type { SchemaElement } from '../thrift/metadata.ts';
import { type Annotation, annotationOf, checkLeafAnnotation, inWords } from './annotation.ts';
import { Physical, widthOf } from './physical.ts';
import { type Order, orderOf } from './value-order.ts';

const Repetition = { required: 0, optional: 1, repeated: 2 } as const;

/** A leaf column: one column chunk per row group. */
export interface Leaf {
  readonly index: number;
  readonly path: readonly string[];
  /** The path as messages name it. */
  readonly name: string;
  readonly physical: number;
  /** Bytes of a value, a boolean's being one; null for BYTE_ARRAY. */
  readonly width: number | null;
  readonly annotation: Annotation;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
  /** The least definition level that an entry of each repetition level above 0 has: its list has an element. */
  readonly repeatedDefinitions: readonly number[];
  /** How values are compared for statistics; null where the format gives no order. */
  readonly order: Order | null;
}

/** A node of the schema's tree. */
export interface SchemaNode {
  readonly name: string;
  readonly repetition: 'required' | 'optional' | 'repeated';
  readonly annotation: Annotation;
  readonly children: readonly SchemaNode[];
  readonly leaf: Leaf | null;
}

export interface FileSchema {
  readonly fields: readonly SchemaNode[];
  readonly leaves: readonly Leaf[];
}

/** Levels are kept in bytes here; nobody nests so deep on purpose. */
const MAX_LEVEL = 255;

interface Position {
  readonly path: readonly string[];
  readonly definition: number;
  readonly repeatedDefinitions: readonly number[];
}

/** The schema's tree from the footer's list of elements (Parquet format, "Nested Encoding"). Throws `Problem`. */
export function fileSchema(elements: readonly SchemaElement[]): FileSchema {
  const [root] = elements;
  if (root === undefined) throw new Problem('the schema is empty');
  if (root.type !== undefined) throw new Problem("the schema's root is a column");
  const builder = new TreeBuilder(elements);
  const fields = builder.children(root, { path: [], definition: 0, repeatedDefinitions: [] });
  if (builder.next !== elements.length) {
    throw new Problem(`the schema has ${elements.length} elements, but its tree only ${builder.next}`);
  }
  return { fields, leaves: builder.leaves };
}

class TreeBuilder {
  readonly leaves: Leaf[] = [];
  next = 1;
  readonly #elements: readonly SchemaElement[];

  constructor(elements: readonly SchemaElement[]) {
    this.#elements = elements;
  }

  children(parent: SchemaElement, position: Position): SchemaNode[] {
    const { num_children: count = 0 } = parent;
    if (count < 1) throw new Problem(`the group ${parent.name} has ${count} members`);
    return Array.from({ length: Math.min(count, this.#elements.length) }, () => this.#node(position));
  }

  #node({
    path: above,
    definition: aboveDefinition,
    repeatedDefinitions: aboveRepeated,
  }: Position): SchemaNode {
    const element = this.#elements[this.next++];
    if (element === undefined) throw new Problem('the schema ends before its tree does');
    const path = [...above, element.name];
    return within({ column: path.join('.') }, () => {
      const repetition = repetitionOf(element);
      const definition = aboveDefinition + (repetition === 'required' ? 0 : 1);
      if (definition > MAX_LEVEL) throw new Problem(`it is nested more than ${MAX_LEVEL} levels deep`);
      const repeatedDefinitions = repetition === 'repeated' ? [...aboveRepeated, definition] : aboveRepeated;
      const position = { path, definition, repeatedDefinitions };
      const annotation = annotationOf(element);
      const node = { name: element.name, repetition, annotation };
      if (element.type !== undefined) {
        return { ...node, children: [], leaf: this.#leaf(element, annotation, position) };
      }
      const children = this.children(element, position);
      checkGroup(annotation, repetition, children);
      return { ...node, children, leaf: null };
    });
  }

  #leaf(element: SchemaElement, annotation: Annotation, position: Position): Leaf {
    const { type: physical = -1, type_length: typeLength = 0, num_children: children } = element;
    if (children !== undefined && children !== 0) throw new Problem('it has both a type and members');
    if (!Object.values<number>(Physical).includes(physical)) {
      throw new Problem(`there is no physical type ${physical}`);
    }
    if (physical === Physical.fixed && typeLength < 1) throw new Problem(`its type length is ${typeLength}`);
    checkLeafAnnotation(annotation, physical, typeLength);
    const { path, definition, repeatedDefinitions } = position;
    const leaf: Leaf = {
      index: this.leaves.length,
      path,
      name: path.join('.'),
      physical,
      width: widthOf(physical, typeLength),
      annotation,
      maxDefinition: definition,
      maxRepetition: repeatedDefinitions.length,
      repeatedDefinitions,
      order: orderOf(physical, annotation),
    };
    this.leaves.push(leaf);
    return leaf;
  }
}

function repetitionOf({ repetition_type: type }: SchemaElement): SchemaNode['repetition'] {
  switch (type) {
    case Repetition.required:
      return 'required';
    case Repetition.optional:
      return 'optional';
    case Repetition.repeated:
      return 'repeated';
    default:
      throw new Problem(`its repetition type is ${type ?? 'missing'}`);
  }
}

/** A list or map is a group of one repeated member (LogicalTypes.md, "Nested Types"). */
function checkGroup(
  { id }: Annotation,
  repetition: SchemaNode['repetition'],
  children: readonly SchemaNode[],
): void {
  switch (id) {
    case 'list':
    case 'map': {
      const [child] = children;
      if (repetition === 'repeated' || children.length !== 1 || child?.repetition !== 'repeated') {
        throw new Problem(`it is annotated as ${id}, but is not a group of one repeated member`);
      }
      if (id === 'map' && ![1, 2].includes(child.children.length)) {
        throw new Problem('it is annotated as map, but its entries are not keys and values');
      }
      return;
    }
    case 'none':
    case 'variant':
    case 'unknown':
      return;
    default:
      throw new Problem(`a group cannot be annotated as ${inWords({ id } as Annotation)}`);
  }
}
