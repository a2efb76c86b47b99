import type { Column } from '../columns/column.ts';
import { ExportError } from '../errors.ts';
import type { Field } from '../types/kinds.ts';
import { ColumnChecksums } from './checksums/column-checksums.ts';
import { ChunkEncoder } from './chunk-encoder.ts';
import { codecs } from './compression/compress.ts';
import { DictionaryBudget } from './dictionary/dictionary-memory.ts';
import type { EncodedRowGroup } from './encoded.ts';
import type { LeafPage } from './levels/levels.ts';
import { LevelBuilder } from './levels/levels.ts';
import { Arena, ownMemory } from './memory/arena.ts';
import { Scratch } from './memory/scratch.ts';
import type { ParquetOptions } from './options.ts';
import { PageWriter } from './page-writer.ts';
import type { SchemaNode } from './schema/schema.ts';
import { leavesBelow, parquetSchema } from './schema/schema.ts';
import { sliceForPages } from './values/slice.ts';

/** Encodes record batches, column by column, into the compressed pages of one row group after another. */
export class RowGroupEncoder {
  private readonly arena: Arena;
  private readonly scratch = new Scratch();
  private readonly chunks: ChunkEncoder[] = [];
  private readonly columns: ColumnEncoder[];
  private readonly checksums: ColumnChecksums | null;
  private nulls: number[];

  /**
   * `allocate` gives the memory that finished pages are kept in.
   *
   * @throws ExportError for fields that Parquet cannot store, see `parquetSchema`
   */
  constructor(fields: readonly Field[], options: ParquetOptions, allocate = ownMemory) {
    this.arena = new Arena(allocate);
    const compressor = codecs[options.compression].compressor(options.compressionLevel);
    const writer = new PageWriter(this.arena, compressor);
    const budget = new DictionaryBudget(options.dictionaryMemory);
    const { roots } = parquetSchema(fields, options.bloomFilters);
    this.columns = roots.map((root) => {
      const first = this.chunks.length;
      for (const leaf of leavesBelow(root)) {
        this.chunks.push(new ChunkEncoder(leaf, this.scratch, budget, writer, options.encoding));
      }
      return columnEncoder(root, this.chunks.slice(first));
    });
    this.checksums = options.checksums ? new ColumnChecksums(roots) : null;
    this.nulls = this.noNulls();
  }

  /** Bytes that the current row group's compressed pages take so far. */
  get encodedBytes(): number {
    return this.arena.bytes;
  }

  /**
   * Encodes one column of a batch, as one page per leaf (several, where the batch is far larger than usual). The columns
   * of a batch may come in any order; nothing of `column` is kept.
   *
   * @throws ExportError for a null in a field that is not nullable
   */
  appendColumn(index: number, column: Column): void {
    this.checksums?.add(index, column);
    const encoder = this.columns[index]!;
    for (const slice of sliceForPages(column)) {
      encoder.append(slice);
    }
    this.nulls[index]! += column.nullCount;
    this.scratch.shrink();
  }

  /** Gives back the blocks of a row group that has been written, for the next ones. */
  recycle(blocks: readonly Uint8Array[]): void {
    this.arena.recycle(blocks);
  }

  /** Ends the row group; the encoder is then ready for the next. Every column must have got `rows` rows. */
  finish(rows: number): EncodedRowGroup {
    const wrong = this.chunks.findIndex((chunk) => chunk.rows !== rows);
    if (wrong >= 0) {
      const found = this.chunks[wrong]!.rows;
      throw new ExportError(
        'internal',
        `leaf column ${wrong} has ${found} of ${rows} rows of its row group`,
        {
          stage: 'encode',
        },
      );
    }
    const chunks = this.chunks.map((chunk) => chunk.finish());
    const { nulls } = this;
    this.nulls = this.noNulls();
    const checksums = this.checksums?.take() ?? null;
    return { rows, chunks, nulls, checksums, blocks: this.arena.take() };
  }

  private noNulls(): number[] {
    return new Array<number>(this.columns.length).fill(0);
  }
}

/** Encodes the pages of one field's leaves. */
interface ColumnEncoder {
  append(column: Column): void;
}

function columnEncoder(root: SchemaNode, chunks: readonly ChunkEncoder[]): ColumnEncoder {
  if (root.kind === 'leaf') {
    return { append: (column) => chunks[0]!.append(flatPage(root, column), column.length) };
  }
  let leaf = 0;
  let rows = 0;
  const levels = new LevelBuilder(root, (page) => chunks[leaf++]!.append(page, rows));
  return {
    append(column) {
      leaf = 0;
      rows = column.length;
      levels.build(column);
    },
  };
}

const noLevels = new Int32Array(0);

function flatPage(root: SchemaNode, column: Column): LeafPage {
  const { length: count, validity, nullCount } = column;
  if (nullCount > 0 && !root.nullable) {
    throw new ExportError('value', 'a null in a column that cannot be null', {
      stage: 'encode',
      column: root.name,
      hint: 'declare the column nullable',
    });
  }
  return { count, definitions: null, repetitions: noLevels, column, validity, nullCount };
}
