import { describe, expect, test } from 'vitest';
import { settingsSchema } from '../settings/schema.ts';
import { raceFolds, races } from './race-models.ts';
import { judgingFold } from './run-race.ts';

const settings = (own: object) => settingsSchema.parse({ competition: 'x', data: { folder: '.' }, ...own });

describe('recipes race', () => {
  test('unless the settings name models or a method of training', () => {
    expect(races(settings({}))).toBe(true);
    expect(races(settings({ train: { epochs: 3 } }))).toBe(true);
    expect(races(settings({ models: ['resnet18'] }))).toBe(false);
    expect(races(settings({ train: { method: 'probe' } }))).toBe(false);
  });

  test('always with a time or recipes, and never with timeLimit: none', () => {
    expect(races(settings({ models: ['resnet18'], timeLimit: '10 min' }))).toBe(true);
    expect(races(settings({ models: ['resnet18'], recipes: ['probe'] }))).toBe(true);
    expect(races(settings({ timeLimit: 'none' }))).toBe(false);
    expect(() => settings({ timeLimit: 'never' })).toThrow(/a time such as .* or none/);
  });
});

test('a fold that is scored does not judge, unless all are', () => {
  expect(judgingFold(5, undefined)).toBe(0);
  expect(judgingFold(5, [0])).toBe(1);
  expect(judgingFold(5, [0, 1, 3])).toBe(2);
  expect(judgingFold(3, [0, 1, 2])).toBe(0);
});

test('a race has as many folds as groups allow', () => {
  const folds = (groups: number, own = {}) => raceFolds(settings(own), { groups } as never, () => {});
  expect(folds(100)).toBe(5);
  expect(folds(3)).toBe(3);
  expect(folds(100, { folds: { count: 8 } })).toBe(8);
});
