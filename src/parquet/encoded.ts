/** A finished row group, as it travels from the thread that encodes to the thread that writes the file. */
export interface EncodedRowGroup {
  readonly rows: number;
  /** Memory that the pages lie in; shared, not copied, between threads. */
  readonly blocks: readonly Uint8Array[];
  /** One chunk per leaf column, in schema order. */
  readonly chunks: EncodedChunk[];
  /** NULLs of each field itself, not of what is nested in it. */
  readonly nulls: readonly number[];
  /** Checksums of the values before they were encoded, see `LeafChecksum`; null where they are not asked for. */
  readonly checksums: Uint32Array | null;
}

/** One column chunk: where its pages lie, and what the footer and the page index say about them. */
export interface EncodedChunk {
  /** Three numbers per page, in file order: index of the block, offset in it, length, page header included. */
  readonly pages: Int32Array;
  /** Index in the row group of each data page's first row. */
  readonly firstRows: Int32Array;
  /** Whether the first page is a dictionary page. */
  readonly hasDictionary: boolean;
  /** How many data pages have their values in which encoding. */
  readonly dataPages: readonly EncodingCount[];
  /** Values at the leaf, null and empty ones included. */
  readonly values: number;
  /** Bytes of all pages before compression, page headers included. */
  readonly uncompressedBytes: number;
  /** Serialized `Statistics` of the chunk. */
  readonly statistics: Uint8Array<ArrayBuffer>;
  /** Serialized `SizeStatistics`; null where they say nothing new. */
  readonly sizeStatistics: Uint8Array<ArrayBuffer> | null;
  /** Serialized bloom filter, header and bits; null for none. */
  readonly bloomFilter: Uint8Array<ArrayBuffer> | null;
  /** Serialized `ColumnIndex`; null where some page has values but no bounds. */
  readonly columnIndex: Uint8Array<ArrayBuffer> | null;
}

export interface EncodingCount {
  readonly encoding: number;
  readonly pages: number;
}
