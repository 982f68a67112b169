// Every optimizer, one line each.
export { adam } from './adam.ts';
export { adamw } from './adamw.ts';
export { lamb } from './lamb.ts';
export { lion } from './lion.ts';
export { nadam } from './nadam.ts';
export { rmsprop } from './rmsprop.ts';
export { sgd } from './sgd.ts';
