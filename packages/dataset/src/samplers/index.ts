// Ways to order an epoch, sorted by name.
export { classBalanced } from './class-balanced.ts';
export { mixed } from './mixed.ts';
export { repeated } from './repeated.ts';
export type { Sampler, SamplerContext } from './sampler.ts';
export { sequential } from './sequential.ts';
export { shuffled } from './shuffled.ts';
export { weighted } from './weighted.ts';
