/** The parts of WebAssembly.Memory that are used here. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Adds pages of 64 KiB; existing views of the buffer become empty. */
  grow(pages: number): number;
}

/** The parts of the WebAssembly global that are used here; Node.js's types leave it to the browser's. */
interface WebAssemblyApi {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/**
 * WebAssembly kernels, instantiated at the first call, one instance per thread: the module's exports, or undefined if the
 * machine has no 128-bit SIMD. Callers then compute the same bytes in JavaScript.
 * @param base64 a module without imports that exports its memory
 */
export function simdKernels<K extends { readonly memory: WasmMemory }>(base64: string): () => K | undefined {
  let loaded: { readonly kernels: K | undefined } | undefined;
  return () => {
    loaded ??= { kernels: instantiate<K>(base64) };
    return loaded.kernels;
  };
}

function instantiate<K>(base64: string): K | undefined {
  const api = (globalThis as unknown as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  const bytes = Buffer.from(base64, 'base64');
  if (api?.validate(bytes) !== true) return undefined;
  return new api.Instance(new api.Module(bytes)).exports as K;
}

/** The memory's bytes, grown to at least `length`. */
export function bytesOf(memory: WasmMemory, length: number): Uint8Array {
  const missing = length - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  return new Uint8Array(memory.buffer);
}
