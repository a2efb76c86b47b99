import v8 from 'node:v8';
import { KERNELS } from './module.ts';
import { type Global, Instance, type Memory, Module } from './web-assembly.ts';

/** Addresses in the memory, and how much there is room for: assembly/layout.ts. */
const LAYOUT = [
  'COLUMN',
  'DICTIONARY',
  'FOUND',
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
  | 'numerics'
  | 'shifted4'
  | 'shifted8'
  | 'words2'
  | 'words4'
  | 'words8';

/** Finds the least and the greatest of `count` values. */
type ScanKernel = (values: number, count: number) => void;
type ScanKernelName = 'scanFloat32' | 'scanFloat64' | 'scanInt32' | 'scanInt64' | 'scanUint32' | 'scanUint64';

/** Turns values at `values` into indices of the dictionary at work; see assembly/dictionary.ts for the result. */
type IndexKernel = (values: number, count: number, indices: number) => number;

/** What assembly/index.ts exports: see there. */
type Exports = Readonly<Record<ColumnKernelName, ColumnKernel>> &
  Readonly<Record<ScanKernelName, ScanKernel>> &
  Readonly<Record<'index4' | 'index8', IndexKernel>> &
  Readonly<Record<'fill4' | 'fill8' | 'fillBytes', () => void>> & {
    walk(
      p: number,
      stop: number,
      enough: number,
      columns: number,
      end: number,
      spans: number,
      rows: number,
    ): number;
    validity(spans: number, count: number, out: number, shift: number): number;
    hybrid(values: number, count: number, width: number, out: number): number;
    indexBytes(data: number, offsets: number, count: number, indices: number): number;
    plain(data: number, offsets: number, count: number, out: number): number;
    scanBytes(data: number, offsets: number, list: number, count: number): void;
    distinct(indices: number, count: number, known: number, seen: number, out: number): number;
  };

interface Allocator {
  readonly memory: Memory;
  allocate(bytes: number): number;
  release(address: number): void;
}

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

/** The kernels with memory of their own, which goes when they go. */
export class Kernels {
  readonly exports: Exports;
  readonly layout: Layout;
  /** The memory, as bytes and as words; other views of it after `allocate`. */
  bytes: Uint8Array<ArrayBuffer>;
  words: Int32Array<ArrayBuffer>;
  readonly #allocator: Allocator;

  constructor() {
    compiled ??= compile();
    const exports = new Instance(compiled).exports as Exports &
      Allocator &
      Readonly<Record<keyof Layout, Global>>;
    this.exports = exports;
    this.layout = Object.fromEntries(LAYOUT.map((name) => [name, exports[name].value])) as Layout;
    this.#allocator = exports;
    this.bytes = new Uint8Array(exports.memory.buffer);
    this.words = new Int32Array(exports.memory.buffer);
  }

  /** Where there are `bytes` bytes of unspecified content, aligned to 16, until they are released. */
  allocate(bytes: number): number {
    const address = this.#allocator.allocate(bytes);
    const { buffer } = this.#allocator.memory;
    if (buffer !== this.bytes.buffer) {
      this.bytes = new Uint8Array(buffer);
      this.words = new Int32Array(buffer);
    }
    return address;
  }

  release(address: number): void {
    this.#allocator.release(address);
  }
}
