import { describe, inject, test } from 'vitest';

/** Whether TensorFlow is there. */
export const hasTensorflow: boolean = inject('tensorflow');

/** `describe` and `test` for what needs TensorFlow: skipped on a machine that cannot have it. */
export const describeNative: ReturnType<typeof describe.skipIf> = describe.skipIf(!hasTensorflow);
export const testNative: ReturnType<typeof test.skipIf> = test.skipIf(!hasTensorflow);
