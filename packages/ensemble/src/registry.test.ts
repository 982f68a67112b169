import { Rng } from '@podium/core';
import { expect, test } from 'vitest';
import { makeMembers } from '../test/make-members.ts';
import { macroF1 } from '../test/scores.ts';
import { methods, rules, selection, stacking } from './index.ts';

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

test.each([...rules, ...methods])('$name describes its settings', ({ settings }) => {
  for (const [key, schema] of Object.entries(settings.shape)) {
    expect(schema.description, key).toMatch(/^[A-Z1].*\.$/);
  }
});

test.each([
  ['selection', { steps: 0 }, /steps: method "selection": expected a number >= 1, got 0/],
  ['selection', { steps: 1.5 }, /expected a whole number, got 1.5/],
  ['selection', { bag: 3 }, /no such setting: expected steps.*got "bag" \(did you mean "bags"\?\)/],
  ['stacking', { c: '1' }, /c: method "stacking": expected a number, got "1"/],
  ['group-consistency', { by: 'logit' }, /expected probability\|log-probability/],
  ['group-consistency', { heads: [{ classes: [], shared: true }] }, /heads\[0\].classes: .*at least 1 item,/],
  ['prior-correction', { target: ['x'] }, /target\[0\]: .*expected a number, got "x"/],
  ['temperature', [], /expected an object, got \[\]/],
] as const)('%s rejects %j', (name, settings, message) => {
  expect(() => methods.get(name).parse(settings, { score: macroF1 })).toThrow(message);
});

test('heads of group consistency can be plain settings', () => {
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

test('a weighted mean without weights throws', () => {
  const { members } = makeMembers(1);
  expect(() => rules.get('weighted-mean').parse()(members)).toThrow(/one number per member, 4, got none/);
});

test('options in code are checked like settings from a file', () => {
  expect(() => selection({ score: macroF1, bags: 0 })).toThrow(/bags: .*expected a number >= 1, got 0/);
  expect(() => stacking({ c: Number.NaN })).toThrow(/c: .*expected a number, got NaN/);
});
