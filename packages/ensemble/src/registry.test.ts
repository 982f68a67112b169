import { Rng } from '@podium/core';
import { expect, test } from 'vitest';
import { makeMembers } from '../test/make-members.ts';
import { macroF1, methods, rules, selection, stacking } from './index.ts';

test('names rules and methods', () => {
  expect(rules.names()).toEqual([
    'geometric-mean',
    'majority-vote',
    'mean',
    'power-mean',
    'rank-mean',
    'weighted-mean',
  ]);
  expect(methods.names()).toEqual([
    'class-multipliers',
    'group-consistency',
    'log-loss-weights',
    'prior-correction',
    'score-weights',
    'selection',
    'stacking',
    'temperature',
    'vector-scaling',
  ]);
  expect(() => rules.get('meen')).toThrow(/did you mean "mean"/);
});

test.each([
  ['selection', { steps: 0 }, /steps: .*integer from 1 to 10000|steps/],
  ['selection', { steps: 1.5 }, /an integer from 1 to 10000, got 1.5/],
  ['selection', { bag: 3 }, /no such setting \(did you mean "bags"\?\)/],
  ['stacking', { c: '1' }, /expected a number from 1e-12 to 1000000000000, got "1"/],
  ['group-consistency', { by: 'logit' }, /expected probability\|log-probability/],
  ['group-consistency', { heads: [{ classes: [], shared: true }] }, /a list of \{ classes/],
  ['prior-correction', { target: ['x'] }, /a list of finite numbers/],
  ['temperature', [], /an object of settings/],
] as const)('%s refuses %j', (name, settings, message) => {
  expect(() => methods.get(name).parse(settings, { score: macroF1 })).toThrow(message);
});

test('heads of group consistency can come from a file', () => {
  const { members, truth } = makeMembers(1, { classes: 6, members: 1, groupSize: 5 });
  const method = methods.get('group-consistency').parse(
    {
      by: 'log-probability',
      heads: [
        { classes: ['worn', 'not'], shared: false },
        { classes: ['young', 'middle', 'old'], shared: true },
      ],
    },
    { score: macroF1 },
  );
  const fitted = method.fit({ members, truth, rng: Rng.fromSeed(1) });
  expect(method.apply(fitted, members).classes).toEqual(members[0]?.classes);
});

test('a weighted mean without weights says so', () => {
  const { members } = makeMembers(1);
  expect(() => rules.get('weighted-mean').parse()(members)).toThrow(/one number a member, 4, got none/);
});

test('settings given in code are checked as those from a file are', () => {
  expect(() => selection({ score: macroF1, bags: 0 })).toThrow(/from 1 to 1000, got 0/);
  expect(() => stacking({ c: Number.NaN })).toThrow(/a number from 1e-12 to 1000000000000, got NaN/);
});
