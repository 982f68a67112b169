import { readFileSync } from 'node:fs';
import { Predictions } from '@podium/core';
import { describe, expect, test } from 'vitest';
import { furthest } from '../../test/make-members.ts';
import { confidentLearning, type LabelFilter } from './confident-learning.ts';

interface Answer {
  labels: number[];
  classes: number;
  probabilities: number[];
  thresholds: number[];
  joint: number[][];
  issues: Record<LabelFilter, number[]>;
  byMargin: number[];
  margins: number[];
  planted?: number[];
}

/** cleanlab's answers; see fixtures/label-issues.py. */
const reference = JSON.parse(
  readFileSync(new URL('../fixtures/label-issues.json', import.meta.url), 'utf8'),
) as Record<'digits' | 'few', Answer>;

const predictionsOf = ({ labels, classes, probabilities }: Answer) =>
  new Predictions({
    ids: labels.map((_, row) => `${row}.png`),
    classes: Array.from({ length: classes }, (_, k) => `digit ${k}`),
    kind: 'probabilities',
    values: Float32Array.from(probabilities),
  });

describe.each(['digits', 'few'] as const)('on %s', (name) => {
  const answer = reference[name];
  const predictions = predictionsOf(answer);

  test("thresholds and the confident joint are cleanlab's", () => {
    const { thresholds, joint } = confidentLearning(answer.labels, predictions);
    expect(furthest(thresholds, answer.thresholds)).toBeLessThan(1e-12);
    expect(joint).toEqual(answer.joint);
  });

  test.each(['prune-by-noise-rate', 'prune-by-class', 'both', 'confident-learning'] as const)(
    'issues by %s are the same, in the same order',
    (filter) => {
      const { issues } = confidentLearning(answer.labels, predictions, { filter });
      expect(issues.map(({ row }) => row)).toEqual(answer.issues[filter]);
    },
  );

  test('also when ranked by margin', () => {
    const { issues } = confidentLearning(answer.labels, predictions, { rankBy: 'normalized-margin' });
    expect(issues.map(({ row }) => row)).toEqual(answer.byMargin);
    const known = issues.filter(({ row }) => row < answer.margins.length);
    expect(
      furthest(
        known.map(({ margin }) => margin),
        known.map(({ row }) => answer.margins[row]!),
      ),
    ).toBeLessThan(1e-12);
  });
});

test('finds most of the intentionally changed labels, and suggests the right digit', () => {
  const { issues, noise } = confidentLearning(reference.digits.labels, predictionsOf(reference.digits));
  const planted = new Set(reference.digits.planted);
  const found = issues.filter(({ row }) => planted.has(row)).length;
  expect(found / planted.size).toBeGreaterThan(0.75);
  expect(found / issues.length).toBeGreaterThan(0.75);
  expect(noise).toBeGreaterThan(0.05);
  for (const { given, suggested } of issues) expect(suggested).not.toBe(given);
});

test('rejects invalid input', () => {
  const one = new Predictions({
    ids: ['a'],
    classes: ['x'],
    kind: 'probabilities',
    values: Float32Array.of(1),
  });
  expect(() => confidentLearning([0], one)).toThrow(/at least two classes, got 1/);
  expect(() => confidentLearning([0, 99], predictionsOf(reference.few))).toThrow(/one class index per row/);
});
