import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readSettings } from './settings.ts';

test.each<[string, NodeJS.ProcessEnv, string]>([
  ['PODIUM_CACHE', { PODIUM_CACHE: '/a', XDG_CACHE_HOME: '/b', HOME: '/c' }, '/a/tensorflow-1'],
  ['a relative PODIUM_CACHE', { PODIUM_CACHE: 'a', HOME: '/c' }, resolve('a/tensorflow-1')],
  ['XDG_CACHE_HOME', { XDG_CACHE_HOME: '/b', HOME: '/c' }, '/b/podium/tensorflow-1'],
  [
    'a relative XDG_CACHE_HOME, which is ignored',
    { XDG_CACHE_HOME: 'b', HOME: '/c' },
    '/c/.cache/podium/tensorflow-1',
  ],
  ['HOME', { PODIUM_CACHE: ' ', XDG_CACHE_HOME: '', HOME: '/c' }, '/c/.cache/podium/tensorflow-1'],
  ['nothing', {}, `${homedir()}/.cache/podium/tensorflow-1`],
])('the cache folder follows %s', (_, env, folder) => {
  expect(readSettings(env).cacheFolder).toBe(folder);
});

test.each([
  ['1', true],
  ['true', true],
  ['0', false],
  ['', false],
])('PODIUM_OFFLINE=%s means %s', (text, offline) => {
  expect(readSettings({ PODIUM_OFFLINE: text }).offline).toBe(offline);
});

test('an invalid PODIUM_OFFLINE is an error', () => {
  expect(() => readSettings({ PODIUM_OFFLINE: 'maybe' })).toThrow(
    'PODIUM_OFFLINE: expected 0|1, got "maybe"',
  );
});

test("PODIUM_CPU names a processor, and nothing else gets into the compiler's command", () => {
  expect(readSettings({}).cpu).toBe('native');
  expect(readSettings({ PODIUM_CPU: 'x86-64-v3' }).cpu).toBe('x86-64-v3');
  expect(() => readSettings({ PODIUM_CPU: 'native -o /tmp/x' })).toThrow('PODIUM_CPU');
});

test('programs are the configured ones, or the defaults', () => {
  expect(readSettings({})).toMatchObject({
    pythons: ['python3', 'python'],
    compilers: [['c++'], ['g++'], ['clang++']],
  });
  expect(readSettings({ PODIUM_PYTHON: '/opt/py', CXX: 'ccache g++-13' })).toMatchObject({
    pythons: ['/opt/py'],
    compilers: [['ccache', 'g++-13']],
  });
});
