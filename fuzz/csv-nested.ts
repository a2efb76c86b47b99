import type { Odd } from './odd.ts';
import { check } from './reference.ts';

export type Nested = null | string | readonly Nested[];

/** The members of a composite, `(1,"a ""b""",)`; null for NULL. */
export function compositeMembers(text: string, odd: Odd): (string | null)[] {
  check(text.length >= 2 && text.startsWith('(') && text.endsWith(')'));
  const inner = text.slice(1, -1);
  const members: (string | null)[] = [];
  const member = /((?:"(?:[^"\\]|""|\\[\s\S])*"(?!")|[^",])*)(,|$)/y;
  for (;;) {
    const found = member.exec(inner);
    check(found !== null);
    const written = found[1]!;
    if (!/^(?:"(?:[^"\\]|""|\\\\)*"|[^"\\(),\s]*)$/.test(written)) odd();
    const plain = written.replace(/"((?:[^"\\]|""|\\[\s\S])*)"(?!")/g, (_, quoted: string) =>
      quoted.replace(/""|\\([\s\S])/g, (pair, escaped) => escaped ?? pair[0]),
    );
    members.push(written === '' ? null : plain);
    if (found[2] === '') return members;
  }
}

/** The elements of an array, `{1,NULL,"a b"}` or `[0:1]={1,2}`, nested as written; `isVector`: written as `1 2 3`. */
export function arrayElements(
  text: string,
  isVector: boolean,
  odd: Odd,
): { elements: Nested; depth: number; lowerBound: readonly number[] } {
  if (isVector) {
    const elements = text === '' ? [] : text.split(' ');
    if (elements.at(-1) === '') {
      odd();
      elements.pop();
    }
    return { elements, depth: elements.length === 0 ? 0 : 1, lowerBound: [0] };
  }
  const [, bounds = '', rest] = /^(?:((?:\[[^\]=]*\])+)=)?([\s\S]*)$/.exec(text) as unknown as [
    string,
    string?,
    string?,
  ];
  const ranges = [...bounds.matchAll(/\[(-?\d*):(-?\d*)\]/g)];
  check(ranges.map(([range]) => range).join('') === bounds && ranges.length <= 6);
  if (ranges.some((range) => !/^\[-?\d+:-?\d+\]$/.test(range[0]))) odd();
  if (rest === '{}') {
    check(ranges.length === 0);
    return { elements: [], depth: 0, lowerBound: [] };
  }
  const parser = new Braces(rest!, odd);
  const elements = parser.level(0);
  check(parser.at === rest!.length);
  const depth = depthOf(elements);
  check(depth <= 6 && isEven(elements, depth) && (ranges.length === 0 || ranges.length === depth));
  const lowerBound =
    ranges.length === 0
      ? Array.from({ length: depth }, () => 1)
      : ranges.map(([, lower]) => Number(lower === '-' ? 0 : lower));
  const sizes = sizesOf(elements);
  if (ranges.some(([, lower, upper], d) => Number(upper) - Number(lower) + 1 !== sizes[d])) odd();
  return { elements, depth, lowerBound };
}

class Braces {
  at = 0;
  readonly #text: string;
  readonly #odd: Odd;

  constructor(text: string, odd: Odd) {
    this.#text = text;
    this.#odd = odd;
  }

  level(depth: number): Nested {
    check(this.#text[this.at] === '{' && depth < 6);
    const elements: Nested[] = [];
    do {
      this.at++;
      elements.push(this.#text[this.at] === '{' ? this.level(depth + 1) : this.#element());
    } while (this.#text[this.at] === ',');
    check(this.#text[this.at] === '}');
    this.at++;
    return elements;
  }

  #element(): string | null {
    const rest = this.#text.slice(this.at);
    const quoted = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(rest);
    if (quoted !== null) {
      this.at += quoted[0].length;
      return quoted[1]!.replace(/\\([\s\S])/g, '$1');
    }
    const plain = /^[^,}]*/.exec(rest)![0];
    check(plain !== '' && !plain.startsWith('"'));
    if (/["\\{\s]/.test(plain) || /^null$/i.test(plain)) if (plain !== 'NULL') this.#odd();
    this.at += plain.length;
    return plain === 'NULL' ? null : plain;
  }
}

function depthOf(nested: Nested): number {
  return Array.isArray(nested) ? 1 + Math.max(...nested.map(depthOf)) : 0;
}

/** Whether all lists of one depth have the same length, and all elements the same depth. */
function isEven(nested: Nested, depth: number): boolean {
  if (!Array.isArray(nested)) return depth === 0;
  const lengths = new Set(nested.map((each) => (Array.isArray(each) ? each.length : -1)));
  return (
    depth > 0 && lengths.size === 1 && nested.every((each) => isEven(each, depth - 1)) && sameSizes(nested)
  );
}

function sameSizes(nested: readonly Nested[]): boolean {
  return new Set(nested.map((each) => sizesOf(each).join())).size <= 1;
}

function sizesOf(nested: Nested): number[] {
  return Array.isArray(nested) ? [nested.length, ...sizesOf(nested[0] ?? null)] : [];
}

/** `"a"=>"1", "b"=>NULL`. */
export function hstoreEntries(text: string, odd: Odd): [string, string | null][] {
  const entries: [string, string | null][] = [];
  const entry = /"((?:[^"\\]|\\[\s\S])*)"=>(?:(NULL)|"((?:[^"\\]|\\[\s\S])*)")(, |$)/y;
  const plain = (quoted: string) => {
    if (/\\[^"\\]/.test(quoted)) odd();
    return quoted.replace(/\\([\s\S])/g, '$1');
  };
  if (text === '') return [];
  for (;;) {
    const found = entry.exec(text);
    check(found !== null);
    entries.push([plain(found[1]!), found[2] === undefined ? plain(found[3]!) : null]);
    if (found[4] === '') return entries;
  }
}
