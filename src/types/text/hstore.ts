import { isUtf8 } from 'node:buffer';
import type { ListBuilder } from '../../columns/builders.ts';
import { MapTarget } from '../binary/hstore.ts';
import type { Unrepresentable } from '../pg-type.ts';
import { isWord, wordBytes } from './words.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NULL = wordBytes('NULL');
/** Between a key and its value, and between entries. */
const ARROW = wordBytes('=>');
const SEPARATOR = wordBytes(', ');

let scratch = new Uint8Array(1 << 10);

/**
 * Stores the entries of `"a"=>"1", "b"=>NULL` (hstore_out: keys and values in double quotes, backslash escapes), or says
 * why not.
 */
export function parseHstore(map: ListBuilder, b: Uint8Array, p: number, n: number): Unrepresentable | null {
  if (!isUtf8(b.subarray(p, p + n))) return 'notUtf8';
  if (scratch.length < n) scratch = new Uint8Array(2 * n);
  const target = new MapTarget(map);
  const stop = p + n;
  if (n === 0) return null;
  for (;;) {
    const keyEnd = unquote(b, p, stop, 0);
    if (keyEnd < 0 || !isWord(b, keyEnd, ARROW.length, ARROW)) return 'malformed';
    const keyLength = length;
    p = keyEnd + ARROW.length;
    const isNull = isWord(b, p, NULL.length, NULL);
    const valueEnd = isNull ? p + NULL.length : unquote(b, p, stop, keyLength);
    if (valueEnd < 0 || valueEnd > stop) return 'malformed';
    target.add(scratch, 0, keyLength, keyLength, isNull ? -1 : length);
    if (valueEnd === stop) return null;
    if (!isWord(b, valueEnd, SEPARATOR.length, SEPARATOR)) return 'malformed';
    p = valueEnd + SEPARATOR.length;
  }
}

/** Length of the text that `unquote` last wrote. */
let length = 0;

/** Writes the quoted text at `p` to `scratch` from `at` on; returns where it ended, or -1. */
function unquote(b: Uint8Array, p: number, stop: number, at: number): number {
  const start = at;
  if (b[p] !== QUOTE) return -1;
  for (p++; p < stop && b[p] !== QUOTE; p++) {
    if (b[p] === BACKSLASH) p++;
    scratch[at++] = b[p]!;
  }
  length = at - start;
  return p < stop ? p + 1 : -1;
}
