// Every submission form, one line each.
export { classColumns } from './class-columns.ts';
export { combinedHeads } from './combined-heads.ts';
export { headColumns } from './head-columns.ts';
export { label } from './label.ts';
export { multiLabel } from './multi-label.ts';
export { numbers } from './numbers.ts';
export { probability } from './probability.ts';
export { topK } from './top-k.ts';
