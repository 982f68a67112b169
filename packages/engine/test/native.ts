import { ALLOWED_SKIPS } from '@podium/test-kit/skips';
import { describe, inject, test } from 'vitest';
import { cpuComputesBfloat16 } from '../src/doctor-cpu.ts';

/** Whether TensorFlow is there. */
export const hasTensorflow: boolean = inject('tensorflow');

/** `describe` and `test` for what needs TensorFlow: skipped on a machine that cannot have it. */
export const describeNative: ReturnType<typeof describe.skipIf> = describe.skipIf(!hasTensorflow);
export const testNative: ReturnType<typeof test.skipIf> = test.skipIf(!hasTensorflow);
/** Whether the CPU has bfloat16 instructions, too. */
export const hasBfloat16: boolean = hasTensorflow && (await cpuComputesBfloat16());
/** `test` for what needs them. */
export const testBfloat16 = test
  .extend('bfloat16', { auto: true }, ({ skip }) =>
    skip(hasTensorflow && !hasBfloat16, ALLOWED_SKIPS.bfloat16),
  )
  .skipIf(!hasTensorflow);
