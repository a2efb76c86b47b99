import { join } from 'node:path';
import { ExportError } from '../../errors.ts';
import { Chains, type Link, type Product } from '../compact/chain.ts';
import { brokenBase, lostFile } from '../compact/parts.ts';
import type { ExportConfig } from '../config/config.ts';
import { sha256OfFile } from '../manifest/read.ts';
import { filesOfKeys } from './files.ts';

/**
 * The exports of the previous product that no increment can be taken to, by name, and why: a part that they build on is
 * not as it was, or their own files are not. Deleted keys are found by comparing with the previous ones, whose files are
 * read to their ends for their SHA-256.
 */
export async function unusableExports(
  product: Product,
  configs: readonly ExportConfig[],
  signal: AbortSignal | undefined,
): Promise<Map<string, string>> {
  const chains = new Chains();
  const unusable = new Map<string, string>();
  for (const { name, increment } of configs) {
    const own = product.manifest.exports.find((each) => each.name === name);
    if (increment === null || own === undefined || own.increment === null) continue;
    const link = { product, export: own };
    const reason = (await brokenBase(chains, link)) ?? lostFile([link]) ?? (await damagedKeys(link, signal));
    if (reason !== null) unusable.set(name, reason);
  }
  return unusable;
}

async function damagedKeys(
  { product: { directory, manifest }, export: own }: Link,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  for (const { path, sha256 } of filesOfKeys(own)) {
    const found = await sha256OfFile(join(directory, path), signal).catch((error: NodeJS.ErrnoException) => {
      if (error instanceof ExportError) throw error;
      return null;
    });
    if (found === null) return `${path} of the product ${manifest.run} cannot be read`;
    if (found !== sha256)
      return `${path} of the product ${manifest.run} is damaged: its SHA-256 is another one`;
  }
  return null;
}
