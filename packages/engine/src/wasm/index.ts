export { loadWasm, type WasmOptions } from './load.ts';
export { registerWasmGradients } from './register.ts';
export type { WasmEngine } from './start.ts';
