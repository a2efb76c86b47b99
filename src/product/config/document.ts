import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { ConfigError, type DocumentPath, formatPath, type Mistake } from './mistakes.ts';

/** Uses of aliases that may come of one anchor's content; guards against files that unfold without end. */
const MAX_ALIASES = 100;

/** A parsed YAML or JSON file that knows where its parts are. */
export interface ConfigDocument {
  readonly value: unknown;
  /** The error that reports all mistakes, in the order of the file. */
  error(mistakes: readonly Mistake[]): ConfigError;
}

/**
 * Reads YAML 1.2, which JSON is a part of. `file` is its name for messages. Throws `ConfigError` for all that is wrong with
 * its form, keys that come twice included.
 */
export function parseConfigDocument(text: string, file: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const [deep] = faults.filter(({ code }) => code === 'RESOURCE_EXHAUSTION');
    const shown = deep === undefined ? faults : [deep];
    throw new ConfigError(
      file,
      shown.map(({ pos, code, message }) => `${place(pos[0])}: ${explained(code, message)}`),
    );
  }
  return {
    value: contentOf(document, place, file),
    error(mistakes) {
      const placed = mistakes.map((mistake) => ({ ...mistake, offset: offsetOf(document, mistake.path) }));
      placed.sort((a, b) => a.offset - b.offset);
      return new ConfigError(
        file,
        placed.map(({ path, message, offset }) => `${place(offset)}: ${formatPath(path)} ${message}`),
      );
    },
  };
}

function explained(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key is here twice: remove one of them';
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here: keep one in a file';
  if (code === 'RESOURCE_EXHAUSTION') return 'this is nested too deeply';
  return message.replace(/\s+/g, ' ');
}

function contentOf(document: Document, place: (offset: number) => string, file: string): unknown {
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key) || key.value !== '__proto__') return;
      // JavaScript would lose it.
      throw new ConfigError(file, [`${place(startOf(key) ?? 0)}: the key __proto__ is not possible`]);
    },
  });
  try {
    const content: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    // Throws where an alias is within its own anchor.
    JSON.stringify(content);
    return content;
  } catch (error) {
    // What the library throws for aliases without anchor, and for those that unfold without end.
    const message = error instanceof ReferenceError ? error.message : 'an alias is within its own anchor';
    throw new ConfigError(file, [`${place(0)}: ${message}`]);
  }
}

/** Where the deepest part of the path that exists begins: a key, or an entry of a list. */
function offsetOf(document: Document, path: DocumentPath): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const each of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq(node)) {
      node = node.items[each as number];
      offset = startOf(node) ?? offset;
    } else if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === each);
      offset = startOf(pair?.key) ?? offset;
      node = pair?.value;
    }
  }
  return offset;
}

function startOf(node: unknown): number | null {
  return (node as Node | null | undefined)?.range?.[0] ?? null;
}
