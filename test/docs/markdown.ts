import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The project's documents, by their path in the checkout. */
export const documents: readonly string[] = [root, join(root, 'docs')].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name).slice(root.length)),
);

export function readDocument(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** A fenced block of code. */
export interface Block {
  readonly document: string;
  /** Number of its first line. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

export function blocksOf(document: string): Block[] {
  const text = readDocument(document);
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ index, 1: language, 2: code }) => ({
    document,
    line: text.slice(0, index).split('\n').length + 1,
    language: language!,
    code: code!,
  }));
}

/** A document without its blocks of code, whose lines stay as empty ones. */
export function proseOf(document: string): string {
  return readDocument(document).replace(/^```.*?^```$/gms, (block) => block.replace(/[^\n]/g, ''));
}

/** The anchors that GitHub gives to a document's headings. */
export function anchorsOf(document: string): Set<string> {
  const headings = proseOf(document).matchAll(/^#+ (.*)$/gm);
  const anchors = [...headings].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set(anchors);
}
