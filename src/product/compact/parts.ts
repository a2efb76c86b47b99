import { statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { ExportError } from '../../errors.ts';
import type { Chains, Link } from './chain.ts';

/**
 * What is wrong with the earlier products that an export builds on, back to its full export: a manifest that is not
 * there or not the one that is followed, a file that is not there or of another size. Null if nothing is. The message
 * names runs, not the directory that they are in.
 */
export async function brokenBase(chains: Chains, link: Link): Promise<string | null> {
  try {
    const links = await chains.linksTo(link);
    return lostFile(links.slice(0, -1));
  } catch (error) {
    if (!(error instanceof ExportError)) throw error;
    return error.message.replaceAll(dirname(link.product.directory) + sep, '');
  }
}

/** The first file of these exports that is not there or of another size, in a sentence; null for none. */
export function lostFile(links: readonly Link[]): string | null {
  for (const { product, export: each } of links) {
    for (const { path, bytes } of each.files) {
      const stats = statSync(join(product.directory, path), { throwIfNoEntry: false });
      if (stats?.size !== bytes)
        return `${path} of the product ${product.manifest.run} is missing or of another size`;
    }
  }
  return null;
}
