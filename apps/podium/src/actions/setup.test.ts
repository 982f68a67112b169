import type { NativeLibrary } from '@podium/engine/install';
import { expect, test } from 'vitest';
import { describeResult } from './setup.ts';

const library: NativeLibrary = {
  bindingPath: '/cache/addons/x/tfjs_binding.node',
  addons: {},
  libraryFolder: '/cache/2.21.0-cuda/tensorflow',
  tensorflowVersion: '2.21.0',
  gpu: true,
  source: 'wheel',
};

test('a CUDA build with a GPU names the GPU', () => {
  const devices = ['CPU', 'GPU:0 NVIDIA H100 (78774 MB)'];
  expect(
    describeResult({ library, attempts: [] }, { tensorflowVersion: '2.21.0', usesGpu: true, devices }),
  ).toEqual([
    'TensorFlow 2.21.0 (CUDA build) is ready in /cache/2.21.0-cuda/tensorflow',
    'Devices: CPU, GPU:0 NVIDIA H100 (78774 MB)',
  ]);
});

test('a CUDA build without a GPU explains why none is used', () => {
  const probe = {
    tensorflowVersion: '2.21.0',
    usesGpu: false,
    devices: ['CPU'],
    gpuProblem: 'Could not find cuda drivers',
  };
  expect(describeResult({ library, attempts: [] }, probe).slice(1)).toEqual([
    'Devices: CPU',
    'No GPU is used: Could not find cuda drivers',
  ]);
});
