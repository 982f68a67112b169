import { expect, test } from 'vitest';
import type { Host } from './host.ts';
import { libtensorflowAddress } from './libtensorflow.ts';

const address = (os: Host['os'], arch: Host['arch'], gpu = false, env: NodeJS.ProcessEnv = {}) =>
  libtensorflowAddress({ os, arch }, gpu, env);

test('every machine that tfjs-node supports has its release', () => {
  expect(address('linux', 'x64')).toBe(
    'https://storage.googleapis.com/tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz',
  );
  expect(address('linux', 'x64', true)).toContain('libtensorflow-gpu-linux-x86_64-2.9.1.tar.gz');
  expect(address('linux', 'arm64')).toContain('tf-builds/libtensorflow_r2_7_linux_arm64.tar.gz');
  expect(address('darwin', 'arm64')).toContain('tf-builds/libtensorflow_r2_7_darwin_arm64_cpu.tar.gz');
  expect(address('darwin', 'x64')).toContain('libtensorflow-cpu-darwin-x86_64-2.9.1.tar.gz');
  expect([address('darwin', 'arm64', true), address('win32', 'x64'), address('linux', 'riscv64')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('mirrors come before the vendor', () => {
  const env = { TFJS_NODE_CDN_STORAGE: 'https://mirror/', TFJS_NODE_BASE_URI: 'http://near/lib-' };
  expect(address('linux', 'x64', false, env)).toBe('http://near/lib-cpu-linux-x86_64-2.9.1.tar.gz');
  expect(address('linux', 'arm64', false, env)).toMatch(/^https:\/\/mirror\/tf-builds\//);
});
