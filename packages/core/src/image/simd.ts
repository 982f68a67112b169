/** What is used of a WebAssembly memory. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Adds pages of 64 KiB; views of the buffer before are empty afterwards. */
  grow(pages: number): number;
}

/** What is used of a global that the types of Node.js leave to the browser's. */
interface WebAssemblyApi {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/**
 * Kernels in WebAssembly, instantiated at the first call, one instance a thread: what the module exports, or undefined
 * where the machine has no 128-bit SIMD. The caller then does the same in JavaScript, to the same bytes.
 * @param base64 a module without imports that exports its memory.
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

/** The memory's bytes, of which there are at least `length` afterwards. */
export function bytesOf(memory: WasmMemory, length: number): Uint8Array {
  const missing = length - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  return new Uint8Array(memory.buffer);
}
