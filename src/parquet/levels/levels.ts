import type { Column, ListColumn, StructColumn } from '../../columns/column.ts';
import { ExportError } from '../../errors.ts';
import type { SchemaNode } from '../schema/schema.ts';

/**
 * Repetition and definition levels of nested columns (Dremel; Parquet format, "Nested Encoding"), made node by node
 * from the columns' offsets and validity. Each node turns the entries of the node above into its own: an entry is one
 * place of the leaf column to be, with its levels so far and the slot of the node's column that it lies in, or −1
 * where a null or an empty list above has ended it.
 */
interface Entries {
  count: number;
  slots: Int32Array;
  definitions: Int32Array;
  repetitions: Int32Array;
}

/** One page of a leaf column. */
export interface LeafPage {
  /** Entries, null and empty ones included. */
  readonly count: number;
  /** Null for a column that is not nested: its definition levels are its validity. */
  readonly definitions: Int32Array | null;
  /** All 0 for a column that is not below a list; not to be read for one that is not nested. */
  readonly repetitions: Int32Array;
  readonly column: Column;
  /** Which slots of `column` are values of the page; not to be read where `nullCount` is 0. */
  readonly validity: Uint8Array;
  /** Slots of `column` that are not. */
  readonly nullCount: number;
}

/** Makes the levels of one top-level column, batch by batch, in memory that it keeps. */
export class LevelBuilder {
  private readonly root: Visitor;
  private readonly top: Entries = emptyEntries();

  /** `emit` is called for each leaf below `node`, in schema order; what it is given is valid during the call. */
  constructor(node: SchemaNode, emit: (page: LeafPage) => void) {
    this.root = visitorOf(node, emit);
  }

  build(column: Column): void {
    const { top } = this;
    if (column.length > top.slots.length) {
      growEntries(top, column.length);
      top.slots.forEach((_, slot, slots) => {
        slots[slot] = slot;
      });
    }
    top.count = column.length;
    this.root.visit(column, top);
  }
}

interface Visitor {
  visit(column: Column, above: Entries): void;
}

function visitorOf(node: SchemaNode, emit: (page: LeafPage) => void): Visitor {
  switch (node.kind) {
    case 'leaf':
      return new LeafVisitor(node, emit);
    case 'list':
      return new ListVisitor(node, visitorOf(node.child, emit));
    case 'struct':
      return new StructVisitor(
        node,
        node.children.map((child) => visitorOf(child, emit)),
      );
  }
}

class StructVisitor implements Visitor {
  private readonly node: SchemaNode;
  private readonly children: readonly Visitor[];
  private readonly own = emptyEntries();

  constructor(node: SchemaNode, children: readonly Visitor[]) {
    this.node = node;
    this.children = children;
  }

  visit(column: Column, above: Entries): void {
    const { children } = column as StructColumn;
    const entries = defineEntries(this.node, column, above, this.own);
    this.children.forEach((child, i) => {
      child.visit(children[i]!, entries);
    });
  }
}

class ListVisitor implements Visitor {
  private readonly node: SchemaNode & { kind: 'list' };
  private readonly child: Visitor;
  private readonly own = emptyEntries();
  private readonly elements = emptyEntries();

  constructor(node: SchemaNode & { kind: 'list' }, child: Visitor) {
    this.node = node;
    this.child = child;
  }

  visit(column: Column, above: Entries): void {
    const list = column as ListColumn;
    const entries = defineEntries(this.node, column, above, this.own);
    this.expand(entries, list.offsets);
    this.child.visit(list.child, this.elements);
  }

  /** One entry per element; entries that have ended, and empty lists, keep one. */
  private expand(entries: Entries, offsets: Int32Array): void {
    const { elements } = this;
    growEntries(elements, countElements(entries, offsets));
    const { slots, definitions, repetitions } = elements;
    const { repetition } = this.node;
    let out = 0;
    for (let i = 0; i < entries.count; i++) {
      const slot = entries.slots[i]!;
      const definition = entries.definitions[i]!;
      const from = slot < 0 ? 0 : offsets[slot]!;
      const to = slot < 0 ? 0 : offsets[slot + 1]!;
      repetitions[out] = entries.repetitions[i]!;
      if (from === to) {
        slots[out] = -1;
        definitions[out++] = definition;
        continue;
      }
      slots[out] = from;
      definitions[out++] = definition + 1;
      for (let element = from + 1; element < to; element++) {
        slots[out] = element;
        definitions[out] = definition + 1;
        repetitions[out++] = repetition;
      }
    }
    elements.count = out;
  }
}

class LeafVisitor implements Visitor {
  private readonly node: SchemaNode & { kind: 'leaf' };
  private readonly emit: (page: LeafPage) => void;
  private readonly own = emptyEntries();
  private validity = new Uint8Array(0);

  constructor(node: SchemaNode & { kind: 'leaf' }, emit: (page: LeafPage) => void) {
    this.node = node;
    this.emit = emit;
  }

  visit(column: Column, above: Entries): void {
    const { count, slots, definitions, repetitions } = defineEntries(this.node, column, above, this.own);
    const nullCount = column.length - this.markValues(slots, count, column.length);
    const { validity } = this;
    this.emit({ count, definitions, repetitions, column, validity, nullCount });
  }

  /** Sets the bit of each slot that an entry lies in; returns how many there are. */
  private markValues(slots: Int32Array, count: number, columnLength: number): number {
    const byteCount = (columnLength + 7) >> 3;
    if (byteCount > this.validity.length) {
      this.validity = new Uint8Array(2 * byteCount);
    } else {
      this.validity.fill(0, 0, byteCount);
    }
    const { validity } = this;
    let marked = 0;
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      if (slot >= 0) {
        validity[slot >> 3]! |= 1 << (slot & 7);
        marked++;
      }
    }
    return marked;
  }
}

/** Ends the entries whose slot is null, and raises the definition level of the others where the node is optional. */
function defineEntries(node: SchemaNode, column: Column, above: Entries, own: Entries): Entries {
  if (!node.nullable) {
    requireValues(node, column, above);
    return above;
  }
  growEntries(own, above.count);
  const { count, slots, definitions } = above;
  const { slots: ownSlots, definitions: ownDefinitions } = own;
  const { validity } = column;
  const noNulls = column.nullCount === 0;
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    const valid = slot >= 0 && (noNulls || ((validity[slot >> 3]! >> (slot & 7)) & 1) === 1);
    ownSlots[i] = valid ? slot : -1;
    ownDefinitions[i] = definitions[i]! + (valid ? 1 : 0);
  }
  own.count = count;
  own.repetitions = above.repetitions;
  return own;
}

/** A column that the schema says has no nulls must have none, at least where it is reached. */
function requireValues(node: SchemaNode, column: Column, { count, slots }: Entries): void {
  if (column.nullCount === 0) {
    return;
  }
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    if (slot >= 0 && ((column.validity[slot >> 3]! >> (slot & 7)) & 1) === 0) {
      throw new ExportError('value', `a null in ${node.name}, which cannot be null`, {
        stage: 'encode',
        hint: 'keys of a map must not be null',
      });
    }
  }
}

function countElements(entries: Entries, offsets: Int32Array): number {
  let elements = 0;
  for (let i = 0; i < entries.count; i++) {
    const slot = entries.slots[i]!;
    elements += slot < 0 ? 1 : Math.max(1, offsets[slot + 1]! - offsets[slot]!);
  }
  return elements;
}

function emptyEntries(): Entries {
  const none = new Int32Array(0);
  return { count: 0, slots: none, definitions: none, repetitions: none };
}

function growEntries(entries: Entries, count: number): void {
  if (count > entries.slots.length) {
    const size = Math.max(count, 2 * entries.slots.length);
    entries.slots = new Int32Array(size);
    entries.definitions = new Int32Array(size);
    entries.repetitions = new Int32Array(size);
  }
}
