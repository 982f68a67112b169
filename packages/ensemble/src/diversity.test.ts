import { Predictions } from '@podium/core';
import { expect, test } from 'vitest';
import { makeMembers } from '../test/make-members.ts';
import { accuracy, logLoss } from '../test/scores.ts';
import { diversity, mean } from './index.ts';

const { members, truth } = makeMembers(1, { rows: 200 });

test('reports what each member adds to the mean of all', () => {
  for (const score of [accuracy, logLoss]) {
    const table = diversity(members, truth, { score, names: ['a', 'b', 'c', 'd'] });
    expect(table.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    table.forEach(({ gain, score: own }, m) => {
      expect(own).toBe(score.score(truth, mean([members[m]!])));
      const all = score.score(truth, mean(members));
      const without = score.score(truth, mean(members.filter((_, i) => i !== m)));
      expect(gain).toBeCloseTo(score.direction === 'higher' ? all - without : without - all, 6);
    });
  }
});

test('a member agrees with itself, and a copy of it is no different', () => {
  const [first, second] = members as [Predictions, Predictions];
  const table = diversity([first, second, first], truth, { score: accuracy });
  table.forEach(({ errorCorrelation, disagreement }, m) => {
    expect(errorCorrelation[m]).toBeCloseTo(1, 12);
    expect(disagreement[m]).toBe(0);
  });
  expect(table[0]?.disagreement[2]).toBe(0);
  expect(table[0]?.disagreement[1]).toBe(table[1]?.disagreement[0]);
  expect(table[0]?.disagreement[1]).toBeGreaterThan(0.05);
});

test('a member without errors has no correlation; one alone has no gain', () => {
  const [first] = members as [Predictions];
  const perfect = new Predictions({
    ...first,
    kind: 'probabilities',
    values: Float32Array.from(first.values, (_, i) => Number(truth[Math.floor(i / 3)] === i % 3)),
  });
  const [row] = diversity([perfect], truth, { score: accuracy });
  expect(row).toEqual({
    name: 'member 0',
    score: 1,
    gain: 0,
    errorCorrelation: [Number.NaN],
    disagreement: [0],
  });
  expect(() => diversity(members, truth, { score: accuracy, names: ['a'] })).toThrow(
    /one per member, 4, got 1/,
  );
});
