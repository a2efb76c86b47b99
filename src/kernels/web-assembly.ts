/** What is used of the JavaScript interface of WebAssembly, which TypeScript describes only for browsers. */
interface Api {
  readonly Module: new (bytes: Uint8Array) => Module;
  readonly Instance: new (module: Module) => { readonly exports: unknown };
}

/** A compiled module. */
export interface Module {
  readonly [Symbol.toStringTag]: 'WebAssembly.Module';
}

export interface Memory {
  readonly buffer: ArrayBuffer;
}

export interface Global {
  readonly value: number;
}

export const { Module, Instance } = (globalThis as unknown as { WebAssembly: Api }).WebAssembly;
