import { VERSION } from '../version.ts';
import { throwFailures } from './checks/failures.ts';
import { rowFailures } from './checks/rows.ts';
import type { ExportedProduct, ProductTask } from './export-product.ts';
import type { Manifest, ManifestExport } from './manifest/manifest.ts';
import { writeManifest } from './manifest/seal.ts';
import { flushTree } from './publish/flush.ts';
import { recordExport } from './record.ts';

/** Checks the rows of an exported product, writes its manifest as the last file, and flushes all of it. */
export async function finishProduct(
  product: ExportedProduct,
  { directory, options, previous }: ProductTask,
  { run, started }: { readonly run: string; readonly started: Date },
): Promise<Manifest> {
  const { tables, files, snapshot, server } = product;
  throwFailures(
    tables.flatMap((table) => {
      // The file of keys, where there is one, has a row for each row of the table.
      const own = files.filter(({ file }) => file.request.table === table);
      return rowFailures(table.config, own.at(-1)!.written.rows, table.previous);
    }),
  );
  const exports: ManifestExport[] = [];
  for (const table of tables) {
    exports.push(await recordExport(table, product, directory, options));
  }
  const manifest = await writeManifest(directory, {
    format: 'ddpp-manifest/1',
    ddppVersion: VERSION,
    run,
    date: options.date,
    started: started.toISOString(),
    finished: new Date().toISOString(),
    snapshot,
    server,
    previous: previous && { run: previous.manifest.run, sha256: previous.sha256 },
    compactedFrom: null,
    exports,
  });
  await flushTree(directory);
  return manifest;
}
