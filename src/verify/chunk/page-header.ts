import type { FileBytes } from '../file-bytes.ts';
import { Problem } from '../problem.ts';
import { CompactReader, EndOfBytes } from '../thrift/compact-reader.ts';
import { type PageHeader, pageHeaderKind, type Statistics } from '../thrift/metadata.ts';

export const PageType = { data: 0, index: 1, dictionary: 2, dataV2: 3 } as const;

/** A page header may hold minima and maxima of any length; most need less than the first of these. */
const HEADER_LIMITS = [1 << 10, 1 << 16, 1 << 24];

/** A page as its header describes it. */
export interface Page {
  readonly offset: number;
  readonly headerLength: number;
  /** Bytes behind the header, as stored. */
  readonly length: number;
  readonly uncompressedLength: number;
  /** CRC-32 of the bytes as stored; undefined where there is none. */
  readonly crc: number | undefined;
  readonly contents: DictionaryPage | DataPage;
}

export interface DictionaryPage {
  readonly kind: 'dictionary';
  readonly values: number;
  readonly encoding: number;
}

export interface DataPage {
  readonly kind: 'data';
  /** Values, null and empty ones included. */
  readonly values: number;
  readonly encoding: number;
  readonly statistics: Statistics | undefined;
  /** Of a page of version 2: what is stored before the values, never compressed, and what the header counts. */
  readonly v2: {
    readonly repetitionBytes: number;
    readonly definitionBytes: number;
    readonly compressed: boolean;
    readonly nulls: number;
    readonly rows: number;
  } | null;
  readonly levelEncodings: { readonly definition: number; readonly repetition: number };
}

/** Reads the page header at `offset` of a chunk that ends at `end`. Throws `Problem`. */
export async function readPageHeader(
  file: FileBytes,
  offset: number,
  end: number,
  unknown: Set<string>,
): Promise<Page> {
  for (const limit of HEADER_LIMITS) {
    // A copy, for the statistics in it.
    const bytes = (await file.upTo(offset, limit, end)).slice();
    const reader = new CompactReader(bytes, 0, unknown);
    try {
      return describe(pageHeaderKind.read(reader), offset, reader.position);
    } catch (error) {
      if (!(error instanceof EndOfBytes) || bytes.length < limit) throw error;
    }
  }
  throw new Problem('its header is larger than 16 MiB');
}

function describe(header: PageHeader, offset: number, headerLength: number): Page {
  const { compressed_page_size: length, uncompressed_page_size: uncompressedLength, crc } = header;
  if (length < 0 || uncompressedLength < 0) throw new Problem('its header has a negative size');
  const contents = contentsOf(header);
  if (contents.values < 0) throw new Problem(`its header counts ${contents.values} values`);
  return { offset, headerLength, length, uncompressedLength, crc, contents };
}

function contentsOf(header: PageHeader): DictionaryPage | DataPage {
  const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header;
  if ([v1, v2, dictionary, header.index_page_header].filter((each) => each !== undefined).length > 1) {
    throw new Problem('its header is of several types at once');
  }
  if (header.type === PageType.dictionary && dictionary !== undefined) {
    return { kind: 'dictionary', values: dictionary.num_values, encoding: dictionary.encoding };
  }
  if (header.type === PageType.data && v1 !== undefined) {
    const levelEncodings = {
      definition: v1.definition_level_encoding,
      repetition: v1.repetition_level_encoding,
    };
    const { num_values: values, encoding, statistics } = v1;
    return { kind: 'data', values, encoding, statistics, v2: null, levelEncodings };
  }
  if (header.type === PageType.dataV2 && v2 !== undefined) {
    const { num_values: values, encoding, statistics, is_compressed: compressed = true } = v2;
    const { repetition_levels_byte_length: repetitionBytes, definition_levels_byte_length: definitionBytes } =
      v2;
    if (repetitionBytes < 0 || definitionBytes < 0) throw new Problem('its levels have a negative length');
    const counts = { nulls: v2.num_nulls, rows: v2.num_rows };
    return {
      kind: 'data',
      values,
      encoding,
      statistics,
      v2: { repetitionBytes, definitionBytes, compressed, ...counts },
      levelEncodings: { definition: 3, repetition: 3 },
    };
  }
  throw new Problem(`its header is not that of a page of type ${header.type}`);
}
