import { ArrayShape } from './array-shape.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const SPACE = 0x20;
const COLON = 0x3a;
const EQUALS = 0x3d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_PAREN = 0x28;
const CLOSE_PAREN = 0x29;
const MINUS = 0x2d;
const ZERO = 0x30;
const NULL_WORD = [0x4e, 0x55, 0x4c, 0x4c];

/** The members of the nested value that was read last: their unquoted texts one after the other in `text`. */
export class NestedText {
  text: Uint8Array = new Uint8Array(1 << 10);
  /** Where each member's text begins; its length, or -1 for NULL. */
  starts = new Int32Array(16);
  lengths = new Int32Array(16);
  count = 0;
  #end = 0;

  protected begin(n: number): void {
    if (this.text.length < n) this.text = new Uint8Array(2 * n);
    this.count = 0;
    this.#end = 0;
  }

  /** Where the next member's text is to be written. */
  protected get end(): number {
    return this.#end;
  }

  protected add(end: number, isNull: boolean): void {
    if (this.count === this.starts.length) {
      this.starts = doubled(this.starts);
      this.lengths = doubled(this.lengths);
    }
    this.starts[this.count] = this.#end;
    this.lengths[this.count++] = isNull ? -1 : end - this.#end;
    if (!isNull) this.#end = end;
  }
}

/** A composite value's text, `(1,"a ""b""",)` (PostgreSQL, "Composite Type Input and Output Syntax"). */
export class CompositeText extends NestedText {
  /** Reads the text at `b[p … p + n]`; false if it is none. */
  read(b: Uint8Array, p: number, n: number): boolean {
    this.begin(n);
    const last = p + n - 1;
    if (n < 2 || b[p] !== OPEN_PAREN || b[last] !== CLOSE_PAREN) return false;
    for (p++; ; p++) {
      const start = p;
      let at = this.end;
      let quoted = false;
      for (; p < last && (quoted || b[p] !== COMMA); p++) {
        if (b[p] === QUOTE && !(quoted && b[p + 1] === QUOTE)) quoted = !quoted;
        else {
          if (quoted && (b[p] === QUOTE || b[p] === BACKSLASH)) p++;
          this.text[at++] = b[p]!;
        }
      }
      if (quoted || p > last) return false;
      this.add(at, p === start);
      if (p === last) return true;
    }
  }
}

/** An array's text, `{1,NULL,"a b"}` or `[0:1]={1,2}` (PostgreSQL, "Array Input and Output Syntax"). */
export class ArrayText extends NestedText {
  readonly shape = new ArrayShape();
  #b: Uint8Array = new Uint8Array(0);
  #p = 0;
  #stop = 0;

  /** Reads the text at `b[p … p + n]`; false if it is none. */
  read(b: Uint8Array, p: number, n: number): boolean {
    this.begin(n);
    this.#b = b;
    this.#p = p;
    this.#stop = p + n;
    const { shape } = this;
    shape.dimensions = 0;
    const bounds = this.#readBounds();
    if (bounds === null) return false;
    if (b[this.#p] === OPEN_BRACE && b[this.#p + 1] === CLOSE_BRACE) {
      shape.count = 0;
      return bounds === 0 && this.#p + 2 === this.#stop;
    }
    shape.sizes.fill(-1);
    if (!this.#readLevel(0) || this.#p !== this.#stop) return false;
    if (bounds === 0) shape.lowerBounds.fill(1);
    shape.count = this.count;
    return bounds === 0 || bounds === shape.dimensions;
  }

  /** Reads the text of an int2vector or oidvector, `1 2 3`. */
  readVector(b: Uint8Array, p: number, n: number): boolean {
    this.begin(n);
    const { shape } = this;
    const stop = p + n;
    while (p < stop) {
      let at = this.end;
      while (p < stop && b[p] !== SPACE) this.text[at++] = b[p++]!;
      this.add(at, false);
      p++;
    }
    shape.count = this.count;
    shape.dimensions = this.count === 0 ? 0 : 1;
    shape.sizes[0] = this.count;
    shape.lowerBounds[0] = 0;
    return true;
  }

  /** `[0:1][-2:3]=`: sets the lower bounds and returns for how many dimensions; null if malformed. */
  #readBounds(): number | null {
    let d = 0;
    while (this.#b[this.#p] === OPEN_BRACKET) {
      if (d === this.shape.lowerBounds.length) return null;
      this.#p++;
      const lower = this.#readInteger();
      if (this.#b[this.#p++] !== COLON) return null;
      this.#readInteger();
      if (this.#b[this.#p++] !== CLOSE_BRACKET) return null;
      this.shape.lowerBounds[d++] = lower;
    }
    if (d > 0 && this.#b[this.#p++] !== EQUALS) return null;
    return d;
  }

  #readInteger(): number {
    const negative = this.#b[this.#p] === MINUS;
    if (negative) this.#p++;
    let value = 0;
    for (; this.#p < this.#stop; this.#p++) {
      const digit = this.#b[this.#p]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  }

  /** One pair of braces, `depth` pairs being open. All of one depth must have the same number of entries. */
  #readLevel(depth: number): boolean {
    const { shape } = this;
    if (this.#b[this.#p] !== OPEN_BRACE || depth === shape.sizes.length) return false;
    if (depth + 1 > shape.dimensions) shape.dimensions = depth + 1;
    let entries = 0;
    do {
      this.#p++;
      const nested = this.#b[this.#p] === OPEN_BRACE;
      // Beside an element there is no list.
      if (nested && this.count > 0 && depth + 1 === shape.dimensions) return false;
      if (!(nested ? this.#readLevel(depth + 1) : this.#readElement(depth))) return false;
      entries++;
    } while (this.#b[this.#p] === COMMA && this.#p < this.#stop);
    if (this.#b[this.#p] !== CLOSE_BRACE || this.#p >= this.#stop) return false;
    this.#p++;
    if (shape.sizes[depth] === -1) shape.sizes[depth] = entries;
    return shape.sizes[depth] === entries;
  }

  #readElement(depth: number): boolean {
    if (depth + 1 !== this.shape.dimensions) return false;
    const b = this.#b;
    let at = this.end;
    if (b[this.#p] === QUOTE) {
      for (this.#p++; b[this.#p] !== QUOTE; this.#p++) {
        if (b[this.#p] === BACKSLASH) this.#p++;
        if (this.#p >= this.#stop) return false;
        this.text[at++] = b[this.#p]!;
      }
      this.#p++;
      this.add(at, false);
      return true;
    }
    const start = this.#p;
    while (this.#p < this.#stop && b[this.#p] !== COMMA && b[this.#p] !== CLOSE_BRACE) {
      this.text[at++] = b[this.#p++]!;
    }
    const isNull =
      this.#p - start === NULL_WORD.length && NULL_WORD.every((byte, i) => b[start + i] === byte);
    this.add(at, isNull);
    return this.#p > start;
  }
}

/** The readers of the nested values' texts, one for each node: a member may be nested itself. */
export class NestedTexts {
  readonly #arrays: ArrayText[] = [];
  readonly #composites: CompositeText[] = [];

  array(node: number): ArrayText {
    this.#arrays[node] ??= new ArrayText();
    return this.#arrays[node];
  }

  composite(node: number): CompositeText {
    this.#composites[node] ??= new CompositeText();
    return this.#composites[node];
  }
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}
