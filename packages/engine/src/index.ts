export { type ValueAndGradients, valueAndGradients } from './backward.ts';
export * from './kernels/index.ts';
export { loadEngine } from './load.ts';
