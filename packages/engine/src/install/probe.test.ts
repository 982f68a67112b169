import { expect, test } from 'vitest';
import { readDeviceLog } from './probe.ts';

test('GPUs are read from the log of a machine with GPUs', () => {
  const log = [
    'I0000 00:00:1795485827.977788 9732 port.cc:153] oneDNN custom operations are on.',
    'I0000 00:00:1.2 1 gpu_device.cc:2019] Created device /job:localhost/replica:0/task:0/device:GPU:0 with 78774 MB memory:  -> device: 0, name: NVIDIA H100 80GB HBM3, pci bus id: 0000:04:00.0, compute capability: 9.0',
    'I0000 00:00:1.2 1 gpu_device.cc:2019] Created device /job:localhost/replica:0/task:0/device:GPU:1 with 22 MB memory:  -> device: 1, name: Tesla T4, pci bus id: 0000:05:00.0, compute capability: 7.5',
  ].join('\n');
  expect(readDeviceLog(log)).toEqual({
    devices: ['CPU', 'GPU:0 NVIDIA H100 80GB HBM3 (78774 MB)', 'GPU:1 Tesla T4 (22 MB)'],
  });
});

test.each([
  'Could not find cuda drivers on your machine, GPU will not be used.',
  'failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)',
  'Cannot dlopen some GPU libraries. Please make sure the missing libraries mentioned above are installed properly.',
])('TensorFlow’s message tells why there is none: %s', (problem) => {
  const log = `I0000 00:00:1795485827.977788    9732 cudart_stub.cc:31] ${problem}\nother\n`;
  expect(readDeviceLog(log)).toEqual({ devices: ['CPU'], gpuProblem: problem });
});

test('a CPU build reports no GPUs', () => {
  expect(
    readDeviceLog('I0000 00:00:1.2 1 cpu_feature_guard.cc:227] This TensorFlow binary is optimized\n'),
  ).toEqual({
    devices: ['CPU'],
  });
});
