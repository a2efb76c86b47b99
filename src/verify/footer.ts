import { crc32 } from 'node:zlib';
import { FOOTER_CHECKSUM_KEY, hexChecksum, INDEX_CHECKSUM_KEY } from '../parquet/file/checksum-keys.ts';
import type { FileBytes } from './file-bytes.ts';
import { Problem } from './problem.ts';
import { CompactReader } from './thrift/compact-reader.ts';
import { type FileMetaData, fileMetaDataKind } from './thrift/metadata.ts';

export interface Footer {
  readonly metadata: FileMetaData;
  /** Serialized `FileMetaData`. */
  readonly bytes: Uint8Array;
  /** Where in the file it begins. */
  readonly start: number;
  /** Whether ddpp wrote the file. */
  readonly own: boolean;
  /** What ddpp's key says of the bytes that are neither in a page nor in the footer; null for other writers. */
  readonly indexChecksum: string | null;
}

const MAGIC_LENGTH = 4;
const TRAILER_LENGTH = 8;

/** Finds and reads the footer: every byte of it, its checksum where ddpp wrote it. Throws `Problem`. */
export async function readFooter(file: FileBytes, unknown: Set<string>): Promise<Footer> {
  const { size } = file;
  if (size < MAGIC_LENGTH + TRAILER_LENGTH) throw new Problem(`${size} bytes are no Parquet file`);
  checkMagic(await file.at(0, MAGIC_LENGTH), 'begin');
  const trailer = await file.at(size - TRAILER_LENGTH, TRAILER_LENGTH);
  checkMagic(trailer.subarray(4), 'end');
  const length = new DataView(trailer.buffer, trailer.byteOffset).getUint32(0, true);
  const start = size - TRAILER_LENGTH - length;
  if (start < MAGIC_LENGTH) throw new Problem(`its footer claims ${length} bytes, the file has ${size}`);
  // A copy: it is needed until the end.
  const bytes = (await file.at(start, length)).slice();
  const reader = new CompactReader(bytes, 0, unknown);
  const metadata = fileMetaDataKind.read(reader);
  if (reader.remaining > 0) throw new Problem(`${reader.remaining} bytes are left over`);
  checkFile(metadata);
  return { metadata, bytes, start, ...checkOwnKeys(metadata, bytes) };
}

function checkMagic(bytes: Uint8Array, where: 'begin' | 'end'): void {
  const magic = Buffer.from(bytes).toString('latin1');
  if (magic === 'PARE') throw new Problem('it is encrypted, and cannot be checked');
  if (magic !== 'PAR1') throw new Problem(`it does not ${where} with PAR1, as Parquet files do`);
}

function checkFile({ version, num_rows: rows, encryption_algorithm: encryption }: FileMetaData): void {
  if (version !== 1 && version !== 2) throw new Problem(`there is no format version ${version}`);
  if (rows < 0) throw new Problem(`it counts ${rows} rows`);
  if (encryption !== undefined) throw new Problem('its columns are encrypted, and cannot be checked');
}

function checkOwnKeys(metadata: FileMetaData, bytes: Uint8Array): Pick<Footer, 'own' | 'indexChecksum'> {
  if (!isOwn(metadata, bytes)) return { own: false, indexChecksum: null };
  const valueUnder = (key: string): Uint8Array => {
    const [entry, ...more] = (metadata.key_value_metadata ?? []).filter((each) => each.key === key);
    if (more.length > 0) throw new Problem(`it has the key ${key} twice`);
    if (entry?.value?.length !== 8) throw new Problem(`ddpp wrote it, but its ${key} is missing`);
    return entry.value;
  };
  const digits = valueUnder(FOOTER_CHECKSUM_KEY);
  if (hexChecksum(checksumOf(bytes, digits)) !== text(digits)) throw new Problem('its checksum is wrong');
  return { own: true, indexChecksum: text(valueUnder(INDEX_CHECKSUM_KEY)) };
}

const OWN_NAME = 'ddpp';

/**
 * Whether ddpp wrote the file: it says so, or our key is somewhere in it and nobody else is named as its writer. Both
 * count, so that damage to one of them does not make the file somebody else's. The key alone would not do: PyArrow
 * copies keys from the files that it reads into those that it writes.
 */
function isOwn({ created_by: createdBy }: FileMetaData, bytes: Uint8Array): boolean {
  if (createdBy?.startsWith(`${OWN_NAME} version `)) return true;
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(FOOTER_CHECKSUM_KEY) < 0)
    return false;
  const wrongLetters = Array.from(OWN_NAME, (letter, i) => letter !== createdBy?.[i]).filter(Boolean).length;
  return createdBy === undefined || wrongLetters <= 1;
}

/** The CRC-32 of the footer with `digits`, a view of it, as zeros: see `FOOTER_CHECKSUM_KEY`. */
function checksumOf(bytes: Uint8Array, digits: Uint8Array): number {
  const at = digits.byteOffset - bytes.byteOffset;
  const before = crc32(bytes.subarray(0, at));
  return crc32(bytes.subarray(at + digits.length), crc32('0'.repeat(digits.length), before));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
