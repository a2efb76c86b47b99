import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExportError } from '../../errors.ts';
import { locateManifest } from '../locate.ts';
import { MANIFEST_FILE, type ManifestExport } from '../manifest/manifest.ts';
import { parseManifest, type StoredManifest } from '../manifest/read.ts';

/** A product with the directory that its files are in. */
export interface Product extends StoredManifest {
  /** An absolute path without symlinks. */
  readonly directory: string;
}

/** One export of one product. */
export interface Link {
  readonly product: Product;
  readonly export: ManifestExport;
}

/** The products that make up the newest one. */
export interface ProductChain {
  readonly newest: Product;
  /** For each of its exports what it is made of: a full export first, then the increments to it, oldest first. */
  readonly exports: readonly (readonly Link[])[];
}

/** Reads a product by its manifest, its directory, or a product root, whose latest one it is then. Throws `ExportError`. */
export async function readProduct(path: string): Promise<Product> {
  const manifest = await locateManifest(path);
  const real = await realpath(manifest).catch(() => manifest);
  return { directory: dirname(real), ...(await parseManifest(real)) };
}

/**
 * Finds what the newest of the products is made of. Earlier ones are looked for among `products`, and beside the one that
 * follows them, as they are in a product root. Throws `ExportError`: `usage` for products that do not belong together,
 * `output` for one that is not there, `corrupt` for one that is not as it was.
 */
export async function findChain(products: readonly Product[]): Promise<ProductChain> {
  const newest = newestOf(products);
  const chains = new Chains(products);
  const exports: (readonly Link[])[] = [];
  for (const each of newest.manifest.exports) {
    exports.push(await chains.linksTo({ product: newest, export: each }));
  }
  return { newest, exports };
}

/** Follows exports back, and reads each product once. */
export class Chains {
  readonly #given: readonly Product[];
  readonly #before = new Map<Product, Promise<Product>>();

  /** `given`: products that may lie elsewhere than beside those that follow them. */
  constructor(given: readonly Product[] = []) {
    this.#given = given;
  }

  /** What an export is made of: a full one first, then the increments to it up to this one. Throws as `findChain`. */
  async linksTo(newest: Link): Promise<Link[]> {
    const links = [newest];
    while (links[0]!.export.kind === 'increment') links.unshift(await this.#linkBefore(links[0]!));
    return links;
  }

  async #linkBefore({ product: later, export: increment }: Link): Promise<Link> {
    const product = await this.#productBefore(later);
    const found = product.manifest.exports.find(({ name }) => name === increment.name);
    if (found === undefined)
      throw damaged(`${product.directory} has no export ${increment.name}, which is incremented later`);
    if (found.schemaFingerprint !== increment.schemaFingerprint)
      throw damaged(
        `the columns of ${increment.name} in ${product.directory} are others than in its increments`,
      );
    return { product, export: found };
  }

  #productBefore(product: Product): Promise<Product> {
    const known = this.#before.get(product) ?? before(product, this.#given);
    this.#before.set(product, known);
    return known;
  }
}

/** The one that no other one follows. */
function newestOf(products: readonly Product[]): Product {
  const followed = new Set(products.map(({ manifest }) => manifest.previous?.sha256));
  const last = new Map(
    products.filter(({ sha256 }) => !followed.has(sha256)).map((each) => [each.sha256, each]),
  );
  if (last.size === 1) return [...last.values()][0]!;
  throw new ExportError('usage', `${last.size} of the products are followed by none of the others`, {
    stage: 'options',
    hint: 'name one product, and besides it only such as it was made from',
  });
}

async function before({ manifest, directory }: Product, products: readonly Product[]): Promise<Product> {
  const { previous } = manifest;
  if (previous === null) throw damaged(`${directory} has increments, but follows no product`);
  const given = products.find(({ sha256 }) => sha256 === previous.sha256);
  if (given !== undefined) return given;
  const beside = join(dirname(directory), previous.run);
  if (!existsSync(join(beside, MANIFEST_FILE))) {
    throw new ExportError(
      'output',
      `the product ${previous.run}, which ${directory} is an increment to, is not there`,
      {
        stage: 'verify',
        hint: `put it into ${dirname(directory)}, or name its directory too`,
      },
    );
  }
  const found = await readProduct(beside);
  if (found.sha256 === previous.sha256) return found;
  throw damaged(`the manifest of ${beside} has changed since ${directory} was made`);
}

function damaged(message: string): ExportError {
  return new ExportError('corrupt', message, {
    stage: 'verify',
    hint: 'restore the products, or make a full one',
  });
}
