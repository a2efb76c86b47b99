import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Console } from '../../src/cli/console.ts';
import { formatBytes, formatCounted, formatDuration, formatRate } from '../../src/cli/format.ts';
import { Progress, progressText } from '../../src/cli/progress.ts';
import { createRedactor } from '../../src/cli/redact.ts';
import { failureLines, failureRecord, summaryLines } from '../../src/cli/report.ts';
import { JsonReporter, LiveDisplay, TextReporter } from '../../src/cli/reporter.ts';
import { ExportError } from '../../src/errors.ts';

/** A stream that remembers what was written; `screen` is what a terminal would show of it. */
class FakeStream {
  readonly isTTY: boolean;
  readonly columns: number;
  written = '';

  constructor(isTTY: boolean, columns = 100) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): void {
    this.written += text;
  }

  get screen(): string[] {
    return this.written
      .split('\n')
      .map((line) => line.slice(line.lastIndexOf('\r\x1b[K')).replace('\r\x1b[K', ''));
  }
}

/** A terminal that understands what the console writes: cursor up, carriage return, erase. */
class FakeTerminal {
  readonly isTTY = true;
  readonly columns: number;
  readonly rows: number;
  readonly #lines = [''];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be found
    for (const part of text.match(/\x1b\[\d*[A-Z]|[\s\S]/gu) ?? []) this.#take(part);
  }

  #take(part: string): void {
    const before = () => this.#lines[this.#row]!.slice(0, this.#column);
    if (part === '\r') this.#column = 0;
    else if (part === '\n') {
      this.#row++;
      this.#column = 0;
      this.#lines[this.#row] ??= '';
    } else if (part.endsWith('A') && part.length > 1) this.#row -= Number(part.slice(2, -1));
    else if (part === '\x1b[K') this.#lines[this.#row] = before();
    else if (part === '\x1b[J') this.#lines.splice(this.#row, Number.POSITIVE_INFINITY, before());
    else {
      this.#lines[this.#row] = before() + part;
      this.#column++;
    }
  }

  get screen(): readonly string[] {
    return this.#lines;
  }
}

const plain = (text: string) => text;

describe('formats', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_600, '1.0 MB'],
    [345_100_000, '345 MB'],
    [1.5e12, '1.5 TB'],
    [5e18, '5000 PB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test.each([
    [0, '0.0 s'],
    [9949, '9.9 s'],
    [9950, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [3_599_600, '1 h 00 min'],
    [7_380_000, '2 h 03 min'],
    [360_000_000, '100 h 00 min'],
  ])('%d ms are %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('rates and counts', () => {
    expect([formatRate(40_000), formatRate(9_949_999), formatRate(120e6), formatRate(2.5e9)]).toEqual([
      '0.0 MB/s',
      '9.9 MB/s',
      '120 MB/s',
      '2,500 MB/s',
    ]);
    expect([formatCounted(1, 'row'), formatCounted(0, 'row'), formatCounted(12345, 'row')]).toEqual([
      '1 row',
      '0 rows',
      '12,345 rows',
    ]);
  });
});

describe('progress', () => {
  const at = (rows: number, estimatedRows: number | null) => ({
    rows,
    bytesReceived: rows * 100,
    estimatedRows,
    elapsedMs: 0,
  });

  test('says rows, rates, time, share and time left', () => {
    expect(progressText(at(1_200_000, 4_800_000), 4000)).toBe(
      '1,200,000 rows, 300,000 rows/s, 30 MB/s, 4.0 s, 25 %, 12 s left',
    );
  });

  test('leaves the share out without an estimate, or beyond it', () => {
    expect(progressText(at(1000, null), 1000)).toBe('1,000 rows, 1,000 rows/s, 0.1 MB/s, 1.0 s');
    expect(progressText(at(1000, 1000), 1000)).toBe('1,000 rows, 1,000 rows/s, 0.1 MB/s, 1.0 s');
    expect(progressText(at(1000, 10), 1000)).not.toMatch(/%|left/);
  });

  test('before the first row', () => {
    expect(progressText(null, 61_000)).toBe('waiting for the first row, 1 min 01 s');
    expect(progressText(at(0, 5), 0)).toBe('waiting for the first row, 0.0 s');
  });

  describe('display', () => {
    beforeEach(() => {
      vi.useFakeTimers();
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    test('is redrawn in place on a terminal, within its width, and gone at the end', () => {
      const stream = new FakeStream(true, 30);
      const console = new Console(stream, plain, 'xterm');
      const progress = new Progress(() => Date.now());
      const display = new LiveDisplay(new TextReporter(console), progress);
      vi.advanceTimersByTime(200);
      expect(stream.screen).toEqual(['waiting for the first row, 0.']);
      progress.update(at(500_000, null));
      vi.advanceTimersByTime(800);
      expect(stream.screen).toEqual(['500,000 rows, 500,000 rows/s,']);
      console.line('a step');
      expect(stream.screen).toEqual(['a step', '500,000 rows, 500,000 rows/s,']);
      display.stop('stopping');
      vi.advanceTimersByTime(10_000);
      expect(stream.screen).toEqual(['a step', 'stopping']);
      display.stop();
      expect(stream.screen).toEqual(['a step', '']);
      expect(stream.written.replaceAll('\x1b[K', '')).not.toContain('\x1b');
    });

    test('is a plain line every five seconds elsewhere', () => {
      const stream = new FakeStream(false);
      const progress = new Progress(() => Date.now());
      const display = new LiveDisplay(new TextReporter(new Console(stream, plain, 'xterm')), progress);
      progress.update(at(500_000, null));
      vi.advanceTimersByTime(4999);
      expect(stream.written).toBe('');
      vi.advanceTimersByTime(1);
      vi.advanceTimersByTime(5000);
      display.stop();
      vi.advanceTimersByTime(60_000);
      expect(stream.written).toBe(
        'fast-export: 500,000 rows, 100,000 rows/s, 10 MB/s, 5.0 s\nfast-export: 500,000 rows, 50,000 rows/s, 5.0 MB/s, 10 s\n',
      );
    });

    test('is plain on a dumb terminal', () => {
      const stream = new FakeStream(true);
      const progress = new Progress(() => Date.now());
      const display = new LiveDisplay(new TextReporter(new Console(stream, plain, 'dumb')), progress);
      vi.advanceTimersByTime(5000);
      display.stop();
      expect(stream.written).toBe('fast-export: waiting for the first row, 5.0 s\n');
    });
  });
});

describe('the console', () => {
  test('redraws several lines in place, as many as fit, and leaves nothing of them', () => {
    const stream = new FakeTerminal(20, 4);
    const console = new Console(stream, plain, 'xterm');
    console.status(['one', 'two', 'a line that is longer than the terminal is wide']);
    expect(stream.screen).toEqual(['one', 'two', 'a line that is long']);
    console.line('a message');
    expect(stream.screen).toEqual(['a message', 'one', 'two', 'a line that is long']);
    console.status(['1', '2', '3', '4', '5']);
    expect(stream.screen).toEqual(['a message', '1', '2', '… 3 more']);
    console.status(['1']);
    console.status([]);
    expect(stream.screen).toEqual(['a message', '']);
  });

  test('passes no control characters on', () => {
    const stream = new FakeStream(true);
    new Console(stream, plain, 'xterm').line('a\x1b[2J\nb\r\x07c\x9b2Kd é');
    expect(stream.written).toBe('a [2J b c 2Kd é\n');
  });

  test('masks secrets', () => {
    const stream = new FakeStream(false);
    new Console(stream, createRedactor({ password: 'hunter2', env: {} }), 'xterm').line(
      'tried hunter2 twice',
    );
    expect(stream.written).toBe('tried *** twice\n');
  });
});

describe('reports', () => {
  const error = new ExportError('value', 'a date is infinite', {
    stage: 'decode',
    column: 'ra',
    row: 1234567,
    hint: 'cast it to text',
    cause: new TypeError('deeper'),
  });

  test('a failure names what, where and what to do', () => {
    expect(failureLines(error, false)).toEqual([
      'fast-export: a date is infinite (column "ra", row 1,234,567)',
      'hint: cast it to text',
    ]);
    expect(failureLines(new ExportError('output', 'no space', { stage: 'write' }), false)).toEqual([
      'fast-export: no space',
    ]);
  });

  test('stack traces come with --verbose, causes included', () => {
    const text = failureLines(error, true).join('\n');
    expect(text).toMatch(/\n {4}at /);
    expect(text).toMatch(/TypeError: deeper\n {4}at /);
  });

  test('anything else is an internal error', () => {
    for (const thrown of [new TypeError('x is not a function'), 'x is not a function']) {
      const [first, second, ...rest] = failureLines(thrown, false);
      expect(first).toBe('fast-export: internal error: x is not a function');
      expect(second).toMatch(/^hint: .*report it/);
      expect(rest).toEqual([]);
    }
  });

  test('a summary', () => {
    const summary = {
      out: 'o.parquet',
      rows: 1_234_567,
      rowGroups: 2,
      jobs: 1,
      unrepresentable: {},
      fileBytes: 345_100_000,
      nulls: {},
      elapsedMs: 4100,
    };
    const [line] = summaryLines(summary);
    expect(line).toBe(
      'fast-export: wrote 1,234,567 rows in 2 row groups, 345 MB, to o.parquet in 4.1 s (301,114 rows/s)',
    );
    expect(summaryLines({ ...summary, rows: 0, rowGroups: 1, fileBytes: 400, elapsedMs: 0 })).toEqual([
      'fast-export: wrote 0 rows in 1 row group, 400 B, to o.parquet in 0.0 s (0 rows/s)',
    ]);
    expect(summaryLines({ ...summary, unrepresentable: { d: 1 } })).toEqual([
      line,
      'fast-export: 1 value that its Arrow type cannot hold became null: d (1)',
    ]);
    expect(summaryLines({ ...summary, unrepresentable: { d: 1, 'a b': 1200 } })).toEqual([
      line,
      'fast-export: 1,201 values that their Arrow types cannot hold became null: d (1), a b (1,200)',
    ]);
  });
});

describe('--log-format json', () => {
  const error = new ExportError('value', 'no hunter2 here', {
    stage: 'decode',
    column: 'ra',
    row: 7,
    hint: 'cast it',
  });
  const lines = (stream: FakeStream) =>
    stream.written
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  test('has an object for each record, with time, level and event first, and no secrets', () => {
    const stream = new FakeStream(false);
    const reporter = new JsonReporter(stream, createRedactor({ password: 'hunter2', env: {} }));
    reporter.report({ level: 'debug', event: 'step', lines: ['not told'] });
    reporter.report(failureRecord(error, false));
    expect(lines(stream)).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        level: 'error',
        event: 'failed',
        message: 'no *** here',
        hint: 'cast it',
        code: 'value',
        stage: 'decode',
        column: 'ra',
        row: 7,
      },
    ]);
    expect(Object.keys(lines(stream)[0]!).slice(0, 3)).toEqual(['time', 'level', 'event']);
  });

  test('has the progress every five seconds', () => {
    vi.useFakeTimers();
    try {
      const stream = new FakeStream(true);
      const progress = new Progress(() => Date.now());
      const display = new LiveDisplay(new JsonReporter(stream, plain), progress);
      progress.update({ rows: 10, bytesReceived: 500, estimatedRows: 40, elapsedMs: 0 });
      vi.advanceTimersByTime(9999);
      display.stop('gone');
      expect(lines(stream)).toMatchObject([
        { event: 'progress', rows: 10, bytes_received: 500, estimated_rows: 40, seconds: 5 },
      ]);
    } finally {
      vi.useRealTimers();
    }
  });
});
