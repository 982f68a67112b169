import { expect, test } from 'vitest';
import type { Addon } from './addons.ts';
import { compileCommand } from './compile.ts';
import type { Layout } from './layout.ts';

const addon: Addon = { name: 'x', version: '1', sourceFolder: '/src', sources: ['a.cc', 'b.cc'] };
const layout = (end: string): Layout => ({
  libraryFolder: '/tf',
  includeFolder: '/tf/include',
  libraries: [`libtensorflow_cc${end}`, `libtensorflow_framework${end}`],
  cuda: false,
});

function command(os: NodeJS.Platform, changes: Partial<Addon> = {}): string {
  const end = os === 'darwin' ? '.2.dylib' : '.so.2';
  const options = { os, cpu: 'native', runPath: '/a, b', target: '/out/x.node' };
  return compileCommand(['c++'], { ...addon, ...changes }, layout(end), options).join(' ');
}

test('on Linux an addon is a shared object that finds the libraries by its run path', () => {
  expect(command('linux')).toMatch(
    /^c\+\+ -std=c\+\+17 -O2 -fPIC -shared -pthread -DNAPI_VERSION=8 -I\S+node-api-headers\/include -I\/tf\/include -I\/src \/src\/a\.cc \/src\/b\.cc \/tf\/libtensorflow_cc\.so\.2 \/tf\/libtensorflow_framework\.so\.2 -Xlinker -rpath -Xlinker \/a, b -o \/out\/x\.node$/,
  );
});

test('on macOS it is a bundle whose Node-API symbols are found when it is loaded', () => {
  expect(command('darwin')).toContain('-bundle -undefined dynamic_lookup -DNAPI_VERSION=8');
  expect(command('darwin')).toContain('/tf/libtensorflow_cc.2.dylib /tf/libtensorflow_framework.2.dylib');
});

test('an addon may be optimized for this CPU, or not linked with TensorFlow', () => {
  expect(command('linux', { tuned: true })).toContain(' -O3 -march=native ');
  expect(command('linux', { linked: false })).not.toMatch(/libtensorflow|rpath/);
});
