import v8 from 'node:v8';
import { KERNELS } from './module.ts';
import { type Global, Instance, type Memory, Module } from './web-assembly.ts';

const PAGE_BYTES = 1 << 16;

/** Addresses in the memory, and how much there is room for: assembly/layout.ts. */
const LAYOUT = [
  'COLUMN',
  'FOUND',
  'HEAP',
  'MAX',
  'MIN',
  'OFFSETS',
  'OUT',
  'ROWS',
  'SPANS',
  'STAGE',
  'STAGE_BYTES',
  'VALIDITY',
] as const;
type Layout = Readonly<Record<(typeof LAYOUT)[number], number>>;

/** Turns spans into values at `out`; negative where a value is left to the program. `at`, `x` and `y` depend on the kernel. */
type ColumnKernel = (spans: number, count: number, out: number, at: number, x: number, y: number) => number;
export type ColumnKernelName =
  | 'bits'
  | 'bytes'
  | 'bytes16'
  | 'decimals'
  | 'shifted4'
  | 'shifted8'
  | 'words2'
  | 'words4'
  | 'words8';

/** Finds the least and the greatest of `count` values. */
type ScanKernel = (values: number, count: number) => void;
type ScanKernelName = 'scanFloat32' | 'scanFloat64' | 'scanInt32' | 'scanInt64' | 'scanUint32' | 'scanUint64';

/** What assembly/index.ts exports: see there. */
type Exports = Readonly<Record<ColumnKernelName, ColumnKernel>> &
  Readonly<Record<ScanKernelName, ScanKernel>> & {
    walk(p: number, stop: number, enough: number, columns: number, spans: number, rows: number): number;
    validity(spans: number, count: number, out: number, shift: number): number;
    hybrid(values: number, count: number, width: number, out: number): number;
  };

let compiled: Module | undefined;

/**
 * Compiles with V8's optimizing compiler, for this one module of a few KB: the baseline compiler's code, which V8 does
 * not replace by itself here, is no faster than JavaScript; the optimized one takes less than half the time of that.
 */
function compile(): Module {
  v8.setFlagsFromString('--no-liftoff');
  v8.setFlagsFromString('--no-wasm-lazy-compilation');
  try {
    return new Module(Buffer.from(KERNELS, 'base64'));
  } finally {
    v8.setFlagsFromString('--wasm-lazy-compilation');
    v8.setFlagsFromString('--liftoff');
  }
}

/** The kernels with memory of their own. */
export class Kernels {
  readonly exports: Exports;
  readonly layout: Layout;
  /** The memory; another view of it after `reserve`. */
  bytes: Uint8Array;
  readonly #memory: Memory;

  constructor() {
    compiled ??= compile();
    const exports = new Instance(compiled).exports as Exports &
      Readonly<Record<keyof Layout, Global>> & { readonly memory: Memory };
    this.exports = exports;
    this.layout = Object.fromEntries(LAYOUT.map((name) => [name, exports[name].value])) as Layout;
    this.#memory = exports.memory;
    this.bytes = new Uint8Array(this.#memory.buffer);
  }

  /** Makes room for `size` bytes from `HEAP` on. */
  reserve(size: number): void {
    const missing = this.layout.HEAP + size - this.bytes.length;
    if (missing <= 0) return;
    this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.bytes = new Uint8Array(this.#memory.buffer);
  }
}
