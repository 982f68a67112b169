import { describe, expect, test } from 'vitest';
import { assertNoLeak, type Teacher, type TracedRow } from './index.ts';

const teachers: Teacher[] = [
  { key: 'without 0', round: 1, foldsSeen: [1, 2] },
  { key: 'all', round: 1, foldsSeen: [0, 1, 2] },
  { key: 'second', round: 2, foldsSeen: [1, 2], taughtBy: ['all'] },
];
const row = (id: string, teacher: string, round = 1, group?: string): TracedRow => ({
  id,
  ...(group && { group }),
  provenance: { kind: 'pseudo', teacher, round, confidence: 0.9 },
});
const truth = (id: string, group?: string): TracedRow => ({
  id,
  ...(group && { group }),
  provenance: { kind: 'true' },
});
const validation = [truth('v1.jpg', 'p1'), truth('v2.jpg')];
const ask = (train: TracedRow[], own = validation) =>
  assertNoLeak({ fold: 0, train, validation: own, teachers });

describe('rows of a fold', () => {
  test('by a teacher trained without it, and true and external rows, are accepted', () => {
    const external: TracedRow = { id: 'e.jpg', provenance: { kind: 'external', source: 'web' } };
    expect(() => ask([truth('t.jpg'), external, row('a.jpg', 'without 0', 1, 'p2')])).not.toThrow();
  });

  test('by a teacher trained on it are rejected', () => {
    expect(() => ask([row('a.jpg', 'without 0'), row('b.jpg', 'all')])).toThrow(
      /row "b.jpg" trains the model that fold 0 validates, under a label by teacher "all": expected a teacher trained without fold 0, got one trained on fold 0/,
    );
  });

  test('by a teacher that learned from one trained on it are rejected', () => {
    expect(() => ask([row('b.jpg', 'second', 2)])).toThrow(/got one that learned of fold 0 from "all"/);
  });

  test('by unknown teachers, or of another round, are rejected', () => {
    expect(() => ask([row('a.jpg', 'nobody')])).toThrow(/cannot be trusted.*got "nobody"/);
    expect(() => ask([row('a.jpg', 'without 0', 2)])).toThrow(/expected round 1, the teacher's, got round 2/);
  });

  test('of validation images or their groups are rejected', () => {
    expect(() => ask([row('v2.jpg', 'without 0')])).toThrow(/a validation image under a pseudo label/);
    expect(() => ask([row('a.jpg', 'without 0', 1, 'p1')])).toThrow(/an image of group "p1"/);
  });

  test('validate with true labels only', () => {
    expect(() => ask([], [row('a.jpg', 'without 0')])).toThrow(/a label by teacher "without 0"/);
    expect(() => ask([], [{ id: 'e.jpg', provenance: { kind: 'external', source: 'web' } }])).toThrow(
      /expected a row of the competition with its true label, got an external row/,
    );
  });
});
