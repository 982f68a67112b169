import type { EngineReport } from '@podium/engine';
import { expect, test } from 'vitest';
import { describeEngine } from './describe-engine.ts';

const good: EngineReport = {
  backend: 'tensorflow',
  tensorflow: {
    bindingPath: '/cache/addons/x/tfjs_binding.node',
    addons: {},
    libraryFolder: '/cache/2.21.0/tensorflow',
    tensorflowVersion: '2.21.0',
    gpu: false,
    source: 'cache',
  },
  devices: ['CPU'],
  cpu: { model: 'A CPU', features: ['avx2', 'avx512_bf16'], bfloat16: true, fingerprint: '' },
  threads: { available: 8, used: 4 },
  precision: { chosen: 'bfloat16', milliseconds: { float32: 5.7, bfloat16: 4.1 } },
  cache: { folder: '/cache', bytes: 853e6, entries: [{ name: '2.21.0', kind: 'tensorflow', bytes: 853e6 }] },
  attempts: [],
  problems: [],
};

test('an engine with TensorFlow', () => {
  expect(describeEngine(good)).toEqual([
    'Backend    TensorFlow 2.21.0, CPU build, from cache',
    'Devices    CPU',
    'CPU        A CPU',
    '           avx2 avx512_bf16',
    'bfloat16   in hardware; computes in bfloat16 (measured: float32 5.7 ms, bfloat16 4.1 ms)',
    'Threads    4 used, 8 available',
    'Libraries  /cache/2.21.0/tensorflow',
    'Cache      /cache (853 MB)',
    '           2.21.0  853 MB',
    '',
    'No problems found.',
  ]);
});

test('a machine without bfloat16 has no time for it', () => {
  const milliseconds = { float32: 5.7, bfloat16: Number.POSITIVE_INFINITY };
  const [line] = describeEngine({
    ...good,
    cpu: { ...good.cpu, bfloat16: false },
    precision: { chosen: 'float32', milliseconds },
  }).filter((each) => each.startsWith('bfloat16'));
  expect(line).toBe(
    'bfloat16   not in hardware; computes in float32 (measured: float32 5.7 ms, bfloat16 not possible)',
  );
});

test('an engine without TensorFlow: where it was searched for, and problems with their fixes', () => {
  const { tensorflow: _, ...rest } = good;
  const lines = describeEngine({
    ...rest,
    backend: 'wasm',
    precision: { chosen: 'float32' },
    attempts: [{ source: 'cache', outcome: 'skipped', reason: '/cache holds no TensorFlow' }],
    problems: [{ what: 'no C++ compiler', fix: 'install one' }],
  });
  expect(lines[0]).toBe('Backend    WebAssembly (several times slower than TensorFlow)');
  expect(lines.slice(-7)).toEqual([
    '',
    'Looked for TensorFlow in:',
    "  - Podium's cache: skipped, /cache holds no TensorFlow",
    '',
    '1 problem:',
    '  - no C++ compiler',
    '    fix: install one',
  ]);
});
