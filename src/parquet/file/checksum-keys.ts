/**
 * Key of the footer's own checksum in its key-value metadata: eight hexadecimal digits, lower case, of the CRC-32 (zlib's)
 * of the footer, the serialized `FileMetaData`, with these eight digits as zeros (the character 0).
 */
export const FOOTER_CHECKSUM_KEY = 'ddpp:footer_crc32';

/**
 * Key of the checksum of what has no other: eight hexadecimal digits, lower case, of the CRC-32 (zlib's) of all bytes
 * between the first magic and the footer that are in no page, in file order: bloom filters and page indexes.
 */
export const INDEX_CHECKSUM_KEY = 'ddpp:index_crc32';

/** A CRC-32 as the keys have it. */
export function hexChecksum(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
