import type { Column, ListColumn, StructColumn } from '../../columns/column.ts';
import { type LeafSchema, leavesBelow, type SchemaNode } from '../schema/schema.ts';
import { LeafChecksum } from './leaf-checksum.ts';
import { addSlots, addWhole } from './plain-staging.ts';

/**
 * Makes the checksums of a row group's columns from the batches, as they come from the decoder: before dictionaries,
 * levels, encodings and codecs, and by other code than theirs. See `LeafChecksum` for the canonical form.
 */
export class ColumnChecksums {
  readonly #columns: readonly ColumnChecksum[];

  constructor(roots: readonly SchemaNode[]) {
    this.#columns = roots.map((root) => new ColumnChecksum(root));
  }

  /** Adds a column of the next batch. */
  add(index: number, column: Column): void {
    this.#columns[index]!.add(column);
  }

  /** Three numbers per leaf column, in schema order; starts afresh then. */
  take(): Uint32Array {
    return Uint32Array.from(this.#columns.flatMap((column) => column.take()));
  }
}

/** The leaves of one field. */
class ColumnChecksum {
  readonly #root: SchemaNode;
  readonly #leaves: readonly LeafEntries[];
  #leaf = 0;

  constructor(root: SchemaNode) {
    this.#root = root;
    this.#leaves = leavesBelow(root).map((leaf) => new LeafEntries(leaf));
  }

  add(column: Column): void {
    const [first] = this.#leaves;
    if (this.#root.kind === 'leaf') {
      first!.addFlat(column, this.#root.nullable);
      return;
    }
    for (let slot = 0; slot < column.length; slot++) {
      this.#leaf = 0;
      this.#visit(this.#root, column, slot, 0, 0);
    }
    for (const leaf of this.#leaves) leaf.endBatch();
  }

  take(): number[] {
    return this.#leaves.flatMap((leaf) => leaf.take());
  }

  /** Adds what a slot holds to the leaves below a node; `slot` is −1 where a null or an empty list above has ended it. */
  #visit(node: SchemaNode, column: Column, slot: number, definition: number, repetition: number): void {
    const present = slot >= 0 && (!node.nullable || isValid(column, slot));
    const own = present && node.nullable ? definition + 1 : definition;
    switch (node.kind) {
      case 'leaf':
        this.#leaves[this.#leaf++]!.add(column, present ? slot : -1, own, repetition);
        break;
      case 'struct': {
        const { children } = column as StructColumn;
        node.children.forEach((child, i) => {
          this.#visit(child, children[i]!, present ? slot : -1, own, repetition);
        });
        break;
      }
      case 'list':
        this.#visitList(node, column as ListColumn, present ? slot : -1, own, repetition);
    }
  }

  #visitList(
    node: SchemaNode & { kind: 'list' },
    { offsets, child }: ListColumn,
    slot: number,
    definition: number,
    repetition: number,
  ): void {
    const first = this.#leaf;
    const from = slot < 0 ? 0 : offsets[slot]!;
    const end = slot < 0 ? 0 : offsets[slot + 1]!;
    if (from === end) this.#visit(node.child, child, -1, definition, repetition);
    for (let element = from; element < end; element++) {
      this.#leaf = first;
      this.#visit(
        node.child,
        child,
        element,
        definition + 1,
        element === from ? repetition : node.repetition,
      );
    }
  }
}

function isValid({ nullCount, validity }: Column, slot: number): boolean {
  return nullCount === 0 || ((validity[slot >> 3]! >> (slot & 7)) & 1) === 1;
}

/** The entries of one leaf in the current batch. */
class LeafEntries {
  readonly #leaf: LeafSchema;
  readonly #checksum = new LeafChecksum();
  #column: Column | null = null;
  #definitions = new Uint8Array(1 << 10);
  #repetitions = new Uint8Array(1 << 10);
  #slots = new Int32Array(1 << 10);
  #count = 0;
  #slotCount = 0;

  constructor(leaf: LeafSchema) {
    this.#leaf = leaf;
  }

  /** Adds all slots of a column that is not nested. */
  addFlat(column: Column, nullable: boolean): void {
    const { length } = column;
    this.#reserve(length);
    const definitions = this.#definitions;
    if (column.nullCount === 0) {
      definitions.fill(1, 0, length);
      if (nullable) this.#checksum.addDefinitions(definitions.subarray(0, length));
      if (addWhole(this.#checksum, this.#leaf.type, column)) return;
    }
    this.#column = column;
    for (let slot = 0; slot < length; slot++) {
      if (isValid(column, slot)) {
        definitions[slot] = 1;
        this.#slots[this.#slotCount++] = slot;
      } else {
        definitions[slot] = 0;
      }
    }
    if (nullable && column.nullCount > 0) this.#checksum.addDefinitions(definitions.subarray(0, length));
    this.#addValues();
  }

  /** Adds one entry; `slot` is −1 where it holds no value. */
  add(column: Column, slot: number, definition: number, repetition: number): void {
    this.#column = column;
    this.#reserve(this.#count + 1);
    this.#definitions[this.#count] = definition;
    this.#repetitions[this.#count++] = repetition;
    if (slot >= 0) this.#slots[this.#slotCount++] = slot;
  }

  endBatch(): void {
    const { maxDefinition, maxRepetition } = this.#leaf;
    if (maxDefinition > 0) this.#checksum.addDefinitions(this.#definitions.subarray(0, this.#count));
    if (maxRepetition > 0) this.#checksum.addRepetitions(this.#repetitions.subarray(0, this.#count));
    this.#addValues();
    this.#count = 0;
  }

  take(): readonly number[] {
    return this.#checksum.take();
  }

  #addValues(): void {
    if (this.#column !== null) {
      addSlots(this.#checksum, this.#leaf.type, this.#column, this.#slots, this.#slotCount);
    }
    this.#slotCount = 0;
    // A batch's memory is filled again: nothing of it is kept.
    this.#column = null;
  }

  #reserve(count: number): void {
    if (count <= this.#slots.length) return;
    const size = Math.max(count, 2 * this.#slots.length);
    this.#definitions = grown(this.#definitions, new Uint8Array(size));
    this.#repetitions = grown(this.#repetitions, new Uint8Array(size));
    this.#slots = grown(this.#slots, new Int32Array(size));
  }
}

function grown<T extends Uint8Array | Int32Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
