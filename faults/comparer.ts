import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { findPython, PYTHON_REMEDY } from '../tools/find-python.ts';

/** How a file differs from the table that it was exported from. */
export type Comparison = FileContent | { readonly error: string };

export interface FileContent {
  readonly rows: number;
  /** Rows of the table that the file lacks. */
  readonly lost: number;
  /** Rows of the file that the table lacks, or has less often. */
  readonly extra: number;
  /** Cells that differ where as many rows are lost as are extra; null for others. */
  readonly changedCells: number | null;
}

/** A Python process that reads files with PyArrow: to start one for each file would take longer than the export. */
export class Comparer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;
  /** Rows of the table. */
  readonly rows: number;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: Interface,
    answers: AsyncIterator<string>,
    rows: number,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.#answers = answers;
    this.rows = rows;
  }

  /** `reference` is the table as CSV, written by Postgres itself. */
  static async start(reference: string): Promise<Comparer> {
    const python = findPython();
    if (python === null) throw new Error(`a Python that has PyArrow is needed: ${PYTHON_REMEDY}`);
    const program = fileURLToPath(new URL('./compare.py', import.meta.url));
    const child = spawn(python, [program, reference], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    const answers = lines[Symbol.asyncIterator]();
    const { rows } = JSON.parse(await nextLine(answers)) as { rows: number };
    return new Comparer(child, lines, answers, rows);
  }

  async compare(path: string): Promise<Comparison> {
    this.#child.stdin.write(`${path}\n`);
    return JSON.parse(await nextLine(this.#answers)) as Comparison;
  }

  close(): void {
    this.#child.stdin.end();
    this.#lines.close();
  }
}

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  const { done, value } = await lines.next();
  if (done) throw new Error('compare.py has ended');
  return value;
}

/** Whether a file holds each row of the table once, and nothing else. */
export function isRight(comparison: Comparison): boolean {
  return !('error' in comparison) && comparison.lost === 0 && comparison.extra === 0;
}
