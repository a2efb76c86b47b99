import { resolve } from 'node:path';
import { ExportError } from '../../errors.ts';
import { parquetOptions } from '../../parquet/options.ts';
import { incrementFiles } from '../increment/files.ts';
import { MANIFEST_FILE } from '../manifest/manifest.ts';
import { shown } from './leaf.ts';
import type { DocumentPath, Mistake } from './mistakes.ts';
import { DEFAULT_OUT, filledOut, templateMistake } from './out.ts';

/** A mapping as it stands in the document, whatever is in it. */
export type RawMapping = Readonly<Record<string, unknown>>;

/** A table of the document, or an entry of the plain form, as it stands there. */
export interface RawEntry {
  readonly path: DocumentPath;
  readonly values: RawMapping;
}

export function isMapping(value: unknown): value is RawMapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The entries of a list that are mappings, as they should be. */
export function entriesOf(list: unknown, path: DocumentPath): RawEntry[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((values, i) => (isMapping(values) ? [{ path: [...path, i], values }] : []));
}

/** What says which rows to read. */
const QUERY_KEYS = ['sql', 'sql_file', 'table'] as const;

/** Mistakes of an entry that no key has alone. `defaults` are the document's. */
export function entryMistakes({ path, values }: RawEntry, defaults: RawMapping): Mistake[] {
  return [...queryMistakes(path, values), ...codecMistakes(path, { ...defaults, ...values })];
}

function queryMistakes(path: DocumentPath, values: RawMapping): Mistake[] {
  const mistakes: Mistake[] = [];
  const [first, second] = QUERY_KEYS.filter((name) => values[name] !== undefined);
  if (first === undefined) mistakes.push({ path, message: 'has no query: give sql, sql_file or table' });
  if (second !== undefined) {
    mistakes.push({ path: [...path, second], message: `and ${first} exclude each other: keep one of them` });
  }
  if (values.columns !== undefined && values.table === undefined) {
    const message = 'needs table: name the table, or the columns in the query';
    mistakes.push({ path: [...path, 'columns'], message });
  }
  return mistakes;
}

/** A level that the codec does not have, a codec whose package is not there. */
function codecMistakes(path: DocumentPath, values: RawMapping): Mistake[] {
  const { compression = 'zstd', compression_level: compressionLevel } = values;
  try {
    parquetOptions({ compression, compressionLevel } as Parameters<typeof parquetOptions>[0]);
    return [];
  } catch (error) {
    if (!(error instanceof ExportError)) throw error;
    if (error.code === 'unsupported') {
      return [
        { path: [...path, 'compression'], message: `is out of reach: ${error.message}: ${error.hint}` },
      ];
    }
    if (typeof compressionLevel !== 'number' || typeof compression !== 'string') return [];
    const message = `cannot be ${compressionLevel} for ${compression}: ${error.hint}`;
    return [{ path: [...path, 'compression_level'], message }];
  }
}

/** Names that are there twice. */
export function nameMistakes(entries: readonly RawEntry[]): Mistake[] {
  const first = new Map<unknown, DocumentPath>();
  return entries.flatMap(({ path, values: { name } }) => {
    const earlier = first.get(name);
    if (typeof name !== 'string' || earlier === undefined) {
      first.set(name, path);
      return [];
    }
    return [
      { path: [...path, 'name'], message: `cannot be ${shown(name)}: ${entryName(earlier)} has that name` },
    ];
  });
}

/** Files of a product that would be written over each other. */
export function outMistakes(entries: readonly RawEntry[], defaults: RawMapping): Mistake[] {
  const taken = new Map([[MANIFEST_FILE, 'the manifest']]);
  return entries.flatMap((entry) => {
    const { path, values } = entry;
    const { name, out = defaults.out ?? DEFAULT_OUT } = values;
    if (typeof name !== 'string' || typeof out !== 'string' || templateMistake(out) !== null) return [];
    const file = filledOut(out, { name });
    const files = values.increment === undefined ? [file] : [file, ...Object.values(incrementFiles(file))];
    const clash = files.flatMap((each) => clashOf(each, taken)).at(0);
    for (const each of files) taken.set(each, entryName(path));
    if (clash === undefined) return [];
    return [{ path: [...path, ...('out' in values ? ['out'] : [])], message: `would write ${clash}` }];
  });
}

/** That another file has this path, or is a folder of it. */
function clashOf(file: string, taken: ReadonlyMap<string, string>): string[] {
  return [...taken]
    .filter(([other]) => file === other || file.startsWith(`${other}/`) || other.startsWith(`${file}/`))
    .map(([, owner]) => `${file} over what ${owner} writes: give each table an out of its own`);
}

/** Outputs of the plain form that are one file. */
export function plainOutMistakes(entries: readonly RawEntry[]): Mistake[] {
  const first = new Map<string, DocumentPath>();
  return entries.flatMap(({ path, values: { out } }) => {
    if (typeof out !== 'string') return [];
    const earlier = first.get(resolve(out));
    if (earlier === undefined) first.set(resolve(out), path);
    if (earlier === undefined) return [];
    return [
      { path: [...path, 'out'], message: `cannot be ${shown(out)}: ${entryName(earlier)} writes that file` },
    ];
  });
}

function entryName(path: DocumentPath): string {
  return `${path.length > 1 ? path[0] : 'entry '}[${path.at(-1)}]`;
}
