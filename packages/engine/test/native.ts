import { describe, inject, test } from 'vitest';
import { cpuComputesBfloat16 } from '../src/doctor-cpu.ts';

/** Whether TensorFlow is there. */
export const hasTensorflow: boolean = inject('tensorflow');

/** `describe` and `test` for what needs TensorFlow: skipped on a machine that cannot have it. */
export const describeNative: ReturnType<typeof describe.skipIf> = describe.skipIf(!hasTensorflow);
export const testNative: ReturnType<typeof test.skipIf> = test.skipIf(!hasTensorflow);
/** The same for what needs a CPU with bfloat16 instructions too. */
export const hasBfloat16: boolean = hasTensorflow && (await cpuComputesBfloat16());
export const testBfloat16: ReturnType<typeof test.skipIf> = test.skipIf(!hasBfloat16);
