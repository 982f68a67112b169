import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hostLabel, thisHost } from '../../src/install/host.ts';
import { cudaRequirements } from '../../src/install/sources/wheel.ts';
import {
  FAKE_VERSION,
  makeSandbox,
  type Sandbox,
  tensorflowFiles,
  wheelBytes,
  writeWheel,
} from './fake-tensorflow.ts';
import { attemptsAt, loads, setUp } from './set-up.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const hasCudaBuild = hostLabel(thisHost()) === 'linux-x64';

test.skipIf(!hasCudaBuild)("--gpu takes the CUDA build and, of NVIDIA's wheels, what runs", async () => {
  const sandbox = cudaSandbox();
  const result = await setUp(sandbox, { gpu: true });
  expect(result.library).toMatchObject({ gpu: true, source: 'wheel', tensorflowVersion: FAKE_VERSION });
  // It loads without a GPU, too.
  expect(loads(result)).toBe(FAKE_VERSION);
  const nvidia = join(result.library?.libraryFolder ?? '', '..', 'nvidia');
  const kept = readdirSync(nvidia, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name).slice(nvidia.length + 1));
  expect(kept.sort()).toEqual([
    'cublas/lib/libcublas.so.12',
    'cuda_nvcc/bin/ptxas',
    'cuda_nvcc/nvvm/libdevice/libdevice.10.bc',
  ]);
});

test.skipIf(!hasCudaBuild)(
  'both builds fit into one cache, and later set-ups prefer the CUDA build',
  async () => {
    const sandbox = cudaSandbox();
    const cpu = makeSandbox();
    const both = { ...sandbox, env: { ...sandbox.env, PIP_FIND_LINKS: `${sandbox.wheels} ${cpu.wheels}` } };
    expect((await setUp(both)).library?.gpu).toBe(false);
    expect((await setUp(both, { gpu: true })).library?.gpu).toBe(true);
    expect((await setUp(both)).library).toMatchObject({ gpu: true, source: 'cache' });
    expect((await setUp(both, { gpu: false })).library).toMatchObject({ gpu: false, source: 'cache' });
  },
);

test.skipIf(!hasCudaBuild)(
  "where one of NVIDIA's wheels is missing, nothing is kept of the others",
  async () => {
    const sandbox = cudaSandbox(['nvidia-cublas-cu12']);
    const result = await setUp(sandbox, { gpu: true });
    expect(result.library).toBeUndefined();
    expect(attemptsAt('wheel', result)).toEqual([
      "failed: pip's package index has no compatible wheel for nvidia-cuda-nvcc-cu12<13.0,>=12.5",
    ]);
    expect(readdirSync(sandbox.cache)).toEqual([]);
  },
);

if (!hasCudaBuild) {
  test('without a CUDA build for the platform, --gpu reports that', async () => {
    const result = await setUp(makeSandbox(), { gpu: true });
    expect(attemptsAt('wheel', result)).toEqual([expect.stringContaining('publishes no CUDA build')]);
  });
}

test('wheels of NVIDIA are read from the metadata, and addresses are ignored', () => {
  const metadata = [
    'Name: tensorflow',
    'Requires-Dist: numpy>=1.26.0',
    'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
    "Requires-Dist: nvidia-cudnn-cu12 (<10.0,>=9.3) ; extra == 'and-cuda'",
    'Requires-Dist: nvidia-evil-cu12 @ https://example.org/x.whl ; extra == "and-cuda"',
    'Requires-Dist: --index-url=https://example.org; extra == "and-cuda"',
    'Requires-Dist: tensorflow-io-gcs-filesystem>=0.23.1; extra == "gcs-filesystem"',
  ].join('\n');
  expect(cudaRequirements(metadata)).toEqual([
    'nvidia-cublas-cu12<13.0,>=12.5.3.2',
    'nvidia-cudnn-cu12<10.0,>=9.3',
  ]);
  expect(() => cudaRequirements('Name: tensorflow\n')).toThrow('names no NVIDIA wheels');
});

/** A sandbox whose pip finds a CUDA build of TensorFlow and the NVIDIA wheels that it names, or only some of them. */
function cudaSandbox(
  available: readonly string[] = ['nvidia-cublas-cu12', 'nvidia-cuda-nvcc-cu12'],
): Sandbox {
  const sandbox = makeSandbox({ wheel: null });
  const requires = ['nvidia-cublas-cu12<13.0,>=12.5', 'nvidia-cuda-nvcc-cu12<13.0,>=12.5'];
  const extras = requires.map((requirement) => `${requirement}; extra == "and-cuda"`);
  const wheel = wheelBytes('tensorflow', FAKE_VERSION, tensorflowFiles(), {
    requires: ['numpy>=1.26', ...extras],
  });
  writeWheel(sandbox.wheels, 'tensorflow', FAKE_VERSION, wheel);
  const contents: Record<string, Record<string, Uint8Array>> = {
    'nvidia-cublas-cu12': {
      'nvidia/cublas/lib/libcublas.so.12': bytes('a library'),
      'nvidia/cublas/include/cublas.h': bytes('a header'),
      'nvidia/__init__.py': bytes(''),
    },
    'nvidia-cuda-nvcc-cu12': {
      'nvidia/cuda_nvcc/bin/ptxas': bytes('a program'),
      'nvidia/cuda_nvcc/bin/nvcc': bytes('another program'),
      'nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc': bytes('bitcode'),
    },
  };
  for (const project of available) {
    writeWheel(sandbox.wheels, project, '12.9.0', wheelBytes(project, '12.9.0', contents[project] ?? {}));
  }
  return sandbox;
}
