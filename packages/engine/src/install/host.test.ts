import { expect, test } from 'vitest';
import { type Host, hostLabel, thisHost, wheelTarget } from './host.ts';

const linux = (arch: NodeJS.Architecture, glibc?: readonly [number, number]): Host =>
  glibc === undefined ? { os: 'linux', arch } : { os: 'linux', arch, glibc };

test.each<[string, Host, boolean, string, string, string]>([
  [
    'Linux x64',
    linux('x64', [2, 36]),
    false,
    'tensorflow-cpu',
    'manylinux_2_36_x86_64',
    'manylinux2014_x86_64',
  ],
  [
    'Linux x64, CUDA',
    linux('x64', [2, 31]),
    true,
    'tensorflow',
    'manylinux_2_31_x86_64',
    'manylinux2014_x86_64',
  ],
  [
    'Linux arm64',
    linux('arm64', [2, 27]),
    false,
    'tensorflow',
    'manylinux_2_27_aarch64',
    'manylinux2014_aarch64',
  ],
  [
    'the oldest glibc',
    linux('x64', [2, 17]),
    false,
    'tensorflow-cpu',
    'manylinux_2_17_x86_64',
    'manylinux2014_x86_64',
  ],
  [
    'macOS 14',
    { os: 'darwin', arch: 'arm64', darwin: 23 },
    false,
    'tensorflow',
    'macosx_14_0_arm64',
    'macosx_14_0_arm64',
  ],
  [
    'macOS 26',
    { os: 'darwin', arch: 'arm64', darwin: 25 },
    false,
    'tensorflow',
    'macosx_26_0_arm64',
    'macosx_26_0_arm64',
  ],
])('%s has a wheel', (_, host, gpu, project, first, last) => {
  const target = wheelTarget(host, gpu);
  expect(target).toMatchObject({ project });
  const platforms = 'platforms' in target ? target.platforms : [];
  expect([platforms.at(0), platforms.at(-1)]).toEqual([first, last]);
});

test('a wheel for a newer glibc is never requested', () => {
  const target = wheelTarget(linux('x64', [2, 26]), false);
  expect('platforms' in target && target.platforms).not.toContain('manylinux_2_27_x86_64');
});

test.each<[string, Host, boolean, string]>([
  ['musl', linux('x64'), false, 'musl'],
  ['an old glibc', linux('x64', [2, 12]), false, 'need glibc 2.17 or newer, this is glibc 2.12'],
  ['CUDA on ARM', linux('arm64', [2, 36]), true, 'no CUDA build for linux-arm64'],
  ['CUDA on macOS', { os: 'darwin', arch: 'arm64', darwin: 23 }, true, 'no CUDA build for darwin-arm64'],
  ['another CPU', linux('riscv64', [2, 36]), false, 'no wheels that Podium can use on linux-riscv64'],
  ['Windows', { os: 'win32', arch: 'x64' }, false, 'no wheels that Podium can use on win32-x64'],
])('%s has none, and the reason says why', (_, host, gpu, reason) => {
  const target = wheelTarget(host, gpu);
  expect('unsupported' in target && target.unsupported).toContain(reason);
});

test('a machine with musl is another platform', () => {
  expect(hostLabel(linux('x64', [2, 36]))).toBe('linux-x64');
  expect(hostLabel(linux('x64'))).toBe('linux-x64-musl');
});

test('this machine is described by what Node.js reports', () => {
  expect(thisHost()).toMatchObject({ os: process.platform, arch: process.arch });
});
