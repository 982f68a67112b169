import { expect, test } from 'vitest';
import { makeRows } from '../test/make-rows.ts';
import { accuracy, combineHeads, f1, logLoss, type ScoredRows, scoreHeads } from './index.ts';

const mask = { ...makeRows('mask', { classes: 3 }), classes: ['wear', 'incorrect', 'none'] };
const gender = { ...makeRows('gender', { classes: 2 }), classes: ['male', 'female'] };
const age = { ...makeRows('age', { classes: 3 }), classes: ['<30', '<60', '60+'] };
const heads: readonly ScoredRows[] = [mask, gender, age];

test('18 classes of mask, gender and age', () => {
  const rows = combineHeads(heads);
  expect(rows.classes).toHaveLength(18);
  expect(rows.classes.slice(0, 4)).toEqual([
    'wear male <30',
    'wear male <60',
    'wear male 60+',
    'wear female <30',
  ]);
  for (let row = 0; row < rows.length; row++) {
    const of = (key: 'truth' | 'predicted') => mask[key][row]! * 6 + gender[key][row]! * 3 + age[key][row]!;
    expect([rows.truth[row], rows.predicted[row]]).toEqual([of('truth'), of('predicted')]);
    const own = [...rows.probabilities.subarray(row * 18, (row + 1) * 18)];
    expect(own.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    expect(own.indexOf(Math.max(...own))).toBe(of('predicted'));
    const p = (head: ScoredRows, k: number) => head.probabilities[row * head.classes.length + k]!;
    expect(own[11]).toBeCloseTo(p(mask, 1) * p(gender, 1) * p(age, 2), 14);
  }
});

test('the log loss of combinations is the sum of the heads', () => {
  const { combined, heads: own } = scoreHeads(heads, logLoss());
  expect(combined).toBeCloseTo(
    own.reduce((sum, loss) => sum + loss, 0),
    10,
  );
});

test('a combination is right where every head is', () => {
  const { combined, heads: own } = scoreHeads(heads, accuracy);
  expect(combined).toBeLessThanOrEqual(Math.min(...own));
  expect(scoreHeads([mask], f1()).combined).toBe(f1().compute(mask));
});

test('names can be given', () => {
  const classes = Array.from({ length: 18 }, (_, k) => String(k));
  expect(combineHeads(heads, { classes }).classes).toEqual(classes);
  expect(() => combineHeads(heads, { classes: ['0'] })).toThrow('expected 18 distinct names');
  expect(combineHeads([gender, age], { separator: '/' }).classes[5]).toBe('female/60+');
});

test.each<[string, readonly ScoredRows[], string]>([
  ['no head', [], 'at least one head'],
  ['other rows', [mask, makeRows(1, { rows: 59 })], 'the rows of head 1: expected 60, as in head 0, got 59'],
  [
    'other ids',
    [mask, { ...gender, ids: mask.ids?.toReversed() }],
    'the ids of head 1, row 0: expected 0.jpg, got 59.jpg',
  ],
  ['a multi-label head', [mask, makeRows(1, { task: 'multi-label' })], 'the task of head 1'],
  ['too many combinations', [mask, ...Array.from({ length: 9 }, () => age)], 'at most 10000, got 59049'],
])('%s is rejected', (_, wrong, message) => {
  expect(() => combineHeads(wrong)).toThrow(message);
});
