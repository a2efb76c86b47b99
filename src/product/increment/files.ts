import type { ManifestExport, ManifestFile } from '../manifest/manifest.ts';

/** The names of the files beside an increment's own `{name}.parquet`: of the keys of all rows, and of the deleted ones. */
export function incrementFiles(out: string): { readonly keys: string; readonly deletedKeys: string } {
  const stem = out.replace(/\.parquet$/, '');
  return { keys: `${stem}.keys.parquet`, deletedKeys: `${stem}.deleted.parquet` };
}

/** The files that hold the keys of all rows: an increment has some of its own, a full export has them in its data. */
export function filesOfKeys({ kind, files }: ManifestExport): ManifestFile[] {
  const role = kind === 'increment' ? 'keys' : 'data';
  return files.filter((file) => file.role === role);
}
