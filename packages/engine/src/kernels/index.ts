export * from './activation.ts';
export * from './batch-norm.ts';
export * from './conv2d.ts';
export * from './depthwise-conv2d.ts';
export * from './mat-mul.ts';
export * from './pool.ts';
export * from './softmax-cross-entropy.ts';
