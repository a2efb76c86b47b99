import { ExportError } from '../../src/errors.ts';
import { type FileReport, type VerifyOptions, verifySource } from '../../src/verify/verify-file.ts';

/** Verifies a file that is in memory. */
export function verifyBytes(bytes: Uint8Array, options: VerifyOptions = {}): Promise<FileReport> {
  const read = async (into: Uint8Array, position: number) => {
    const part = bytes.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  };
  return verifySource({ size: bytes.length, read }, 'it', options);
}

/** What is wrong with the file, with its column in front; null where it is good. Anything but an ExportError is thrown. */
export async function problemOf(bytes: Uint8Array, options: VerifyOptions = {}): Promise<string | null> {
  try {
    await verifyBytes(bytes, options);
    return null;
  } catch (error) {
    if (!(error instanceof ExportError) || error.code !== 'corrupt') throw error;
    return error.column === undefined ? error.message : `${error.column}: ${error.message}`;
  }
}
