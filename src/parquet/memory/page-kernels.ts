import { Kernels } from '../../kernels/kernels.ts';

let kernels: Kernels | undefined;

/** The kernels of this thread's encoders, one page of values at a time: what is in their memory is nobody's afterwards. */
export function pageKernels(): Kernels {
  kernels ??= new Kernels();
  return kernels;
}

/** Copies values to where the kernels reach them, with room for `more` bytes behind; returns where they begin. */
export function loadValues({ buffer, byteOffset }: ArrayBufferView, length: number, more = 0): number {
  const target = pageKernels();
  target.reserve(length + more);
  target.bytes.set(new Uint8Array(buffer, byteOffset, length), target.layout.HEAP);
  return target.layout.HEAP;
}
