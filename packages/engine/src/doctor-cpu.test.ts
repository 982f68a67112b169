import { expect, test } from 'vitest';
import { inspectCpu, linuxFeatures, macFeatures } from './doctor-cpu.ts';

test.each([
  [
    'x86',
    'processor\t: 0\nflags\t\t: fpu vme avx2 amx_bf16 avx512_bf16 sse4_2\nbugs\t: x\n',
    'sse4_2 avx2 avx512_bf16 amx_bf16',
  ],
  ['ARM', 'processor\t: 0\nFeatures\t: fp asimd i8mm bf16 aes\n', 'asimd i8mm bf16'],
  ['none', '', ''],
])('features of %s are read from /proc/cpuinfo', (_, cpuinfo, features) => {
  expect(linuxFeatures(cpuinfo).join(' ')).toBe(features);
});

test.each([
  [
    'Intel',
    'machdep.cpu.features: FPU SSE4.2 FMA AVX1.0 F16C\nmachdep.cpu.leaf7_features: AVX2 AVX512F\n',
    'sse4_2 avx avx2 fma f16c avx512f',
  ],
  [
    'Apple',
    'hw.optional.AdvSIMD: 1\nhw.optional.arm.FEAT_BF16: 1\nhw.optional.arm.FEAT_I8MM: 0\nhw.optional.arm.FEAT_FP16: 1\n',
    'asimd asimdhp bf16',
  ],
])('features of %s Macs are read from sysctl', (_, sysctl, features) => {
  expect(macFeatures(sysctl).join(' ')).toBe(features);
});

test('this processor has a model and a stable fingerprint', async () => {
  const cpu = await inspectCpu();
  expect(cpu.model).not.toBe('');
  expect(cpu.fingerprint).toMatch(/^[0-9a-f]{12}$/);
  expect(await inspectCpu()).toEqual(cpu);
});
