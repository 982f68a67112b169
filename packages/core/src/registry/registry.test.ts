import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PodiumError } from '../errors.ts';
import { defineRegistry } from './registry.ts';

const models = defineRegistry(
  ['resnet101', 'vgg16', 'resnet18', 'resnet18d', 'resnet34'].map((name) => ({ name, size: name.length })),
  { kind: 'model' },
);

function problemOf(call: () => unknown) {
  try {
    call();
  } catch (error) {
    if (error instanceof PodiumError) return { ...error.problem, text: error.message };
  }
  throw new Error('expected a PodiumError');
}

test('finds entries by name, with their own type', () => {
  const size: number = models.get('vgg16').size;
  expect(size).toBe(5);
  expect(models.has('vgg16')).toBe(true);
  expect(models.has('VGG16')).toBe(false);
  expect(models.size).toBe(5);
});

test('lists names in natural order, and filters them', () => {
  expect(models.names()).toEqual(['resnet18', 'resnet18d', 'resnet34', 'resnet101', 'vgg16']);
  expect(models.names('resnet*')).toEqual(['resnet18', 'resnet18d', 'resnet34', 'resnet101']);
  expect(models.names('*18')).toEqual(['resnet18']);
  expect(models.names('resnet??')).toEqual(['resnet18', 'resnet34']);
  expect(models.list('vgg*')).toEqual([{ name: 'vgg16', size: 5 }]);
  expect(models.names('alexnet')).toEqual([]);
});

test('iterates in the order of definition, so a larger registry can be made from it', () => {
  expect([...models].map(({ name }) => name)).toEqual([
    'resnet101',
    'vgg16',
    'resnet18',
    'resnet18d',
    'resnet34',
  ]);
  const more = defineRegistry([...models, { name: 'mine', size: 0 }], { kind: 'model' });
  expect(more.size).toBe(6);
  expect(models.size).toBe(5);
});

test('names the nearest entry and all entries for an unknown name', () => {
  const problem = problemOf(() => models.get('resnet81'));
  expect(problem.code).toBe('registry-unknown-name');
  expect(problem.expected).toEqual(models.names());
  expect(problem.text).toBe(
    'unknown model: expected resnet18|resnet18d|resnet34|resnet101|vgg16, got "resnet81" (did you mean "resnet18"?)',
  );
});

test.each(['__proto__', 'constructor', 'toString', ''])('what every object has is no entry: "%s"', (name) => {
  expect(models.has(name)).toBe(false);
  expect(problemOf(() => models.get(name)).code).toBe('registry-unknown-name');
});

test('a name that is not a string is unknown', () => {
  expect(problemOf(() => models.get(undefined as unknown as string)).text).toContain('got undefined');
});

test('duplicate names are rejected', () => {
  const call = () => defineRegistry([{ name: 'a' }, { name: 'b' }, { name: 'a' }], { kind: 'loss' });
  expect(problemOf(call)).toMatchObject({
    code: 'registry-duplicate-name',
    message: expect.stringContaining('"a"'),
  });
});

test.each(['', ' a', 'a ', 'a*', 'a?', undefined])('invalid names are rejected: %j', (name) => {
  const call = () => defineRegistry([{ name: name! }], { kind: 'loss' });
  expect(problemOf(call).code).toBe('registry-bad-name');
});

test('the same entries in any order give the same names', () => {
  const someNames = fc.uniqueArray(fc.stringMatching(/^[a-z0-9_]+$/));
  fc.assert(
    fc.property(someNames, fc.infiniteStream(fc.nat()), (names, keys) => {
      const shuffled = names.map((name) => ({ name, key: keys.next().value })).sort((a, b) => a.key - b.key);
      const sorted = defineRegistry(
        names.map((name) => ({ name })),
        { kind: 'x' },
      ).names();
      expect(defineRegistry(shuffled, { kind: 'x' }).names()).toEqual(sorted);
      expect([...sorted].sort()).toEqual([...names].sort());
    }),
  );
});
