const QUOTE = 0x22;

/** Takes the quotes off a quoted field of CSV. */
export class Unquoter {
  /** The field's text, from its start; the next call overwrites it. */
  text: Uint8Array = new Uint8Array(1 << 12);
  /** Where the last field ended, its closing quote included. */
  end = 0;

  /**
   * Unquotes the field that begins with a quote at `b[p]` and ends before `stop`; returns the length of its text, or -1
   * if the closing quote is missing.
   */
  unquote(b: Uint8Array, p: number, stop: number): number {
    if (this.text.length < stop - p) this.text = new Uint8Array(2 * (stop - p));
    const to = this.text;
    let n = 0;
    for (p++; p < stop; p++) {
      const byte = b[p]!;
      if (byte === QUOTE) {
        // A quote within the text is doubled.
        if (p + 1 >= stop || b[p + 1] !== QUOTE) {
          this.end = p + 1;
          return n;
        }
        p++;
      }
      to[n++] = byte;
    }
    return -1;
  }
}
