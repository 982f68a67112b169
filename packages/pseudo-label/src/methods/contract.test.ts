import { Predictions, Rng } from '@podium/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeLesson } from '../../test/make-lesson.ts';
import { type Labeling, methods } from '../index.ts';

const settings = { numRuns: 10, seed: 3 };
const seeds = fc.integer({ min: 0, max: 1e6 });

test('names methods', () => {
  expect(methods.names()).toEqual([
    'class-balanced',
    'confidence-threshold',
    'curriculum',
    'ensemble-agreement',
    'noisy-student',
    'oof-mixing',
    'soft-labels',
    'target-precision',
  ]);
  expect(() => methods.get('noisy-studnet')).toThrow(/did you mean "noisy-student"/);
});

describe.each([...methods].map((entry) => [entry.name, entry] as const))('%s', (name, entry) => {
  const method = entry.parse();
  const empty = (predictions: Predictions) => predictions.select([]);

  test('gives JSON labels with a confidence, a weight and copies, the same for the same lesson', () => {
    const { lesson } = makeLesson(1, { rows: 200, labeled: 200 });
    const labeling = method.label(lesson);
    expect(JSON.parse(JSON.stringify(labeling))).toEqual(labeling);
    expect(method.label(lesson)).toEqual(labeling);
    expect(labeling).toMatchObject({ method: name, head: 'mask', round: 1, warnings: [] });
    expect(labeling.labels.length).toBeGreaterThan(0);
    expect(method.name).toBe(name);
    expect(method.rounds).toBeGreaterThanOrEqual(1);
    for (const { confidence, weight, copies, label, soft } of labeling.labels) {
      expect(confidence >= 0 && confidence <= 1 && weight > 0).toBe(true);
      expect(Number.isInteger(copies) && copies >= 1).toBe(true);
      expect(labeling.classes).toContain(label);
      if (soft !== undefined) expect(soft.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
    }
    const accepted = labeling.counts.reduce((sum, count) => sum + count.accepted, 0);
    expect(accepted).toBe(labeling.labels.length);
  });

  test('does not depend on the order of images, labeled rows or classes', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { lesson } = makeLesson(seed, { rows: 30 });
        const { outOfFold } = lesson;
        const rng = Rng.fromSeed(seed);
        const turn = (members: readonly Predictions[], order: ArrayLike<number>, named = true) =>
          members.map((member) => {
            const rows = member.select(Array.from(order, (row) => member.ids[row]!));
            return named ? rows.alignClasses([...rows.classes].reverse()) : rows;
          });
        const images = rng.permutation(30);
        const known = rng.permutation(60);
        const truth = Int32Array.from(known, (row) => 2 - outOfFold.truth[row]!);
        const other = method.label({
          ...lesson,
          classes: lesson.teachers[0]?.classes ?? [],
          teachers: turn(lesson.teachers, images),
          outOfFold: { members: turn(outOfFold.members, known), truth },
        });
        const plain = method.label(lesson);
        const rounded = ({ labels }: Labeling) =>
          labels.map(({ id, label, copies, weight, confidence, soft }) => [
            id,
            label,
            copies,
            ...[weight, confidence, ...(soft ?? [])].map((value) => value.toFixed(9)),
          ]);
        expect(rounded(other)).toEqual(rounded(plain));
        expect(other.counts).toEqual(plain.counts);
      }),
      settings,
    );
  });

  test('says so where there is nothing to label', () => {
    const { lesson } = makeLesson(2);
    const labeling = method.label({ ...lesson, teachers: lesson.teachers.map(empty) });
    if (method.of === 'labeled') expect(labeling.labels).toHaveLength(60);
    else expect(labeling).toMatchObject({ labels: [], warnings: ['there are no rows to label'] });
  });

  test('refuses one class, and teachers of other classes than the student', () => {
    const { lesson } = makeLesson(3, { classes: 1 });
    expect(() => method.label(lesson)).toThrow(/a teacher of one class is always sure.*two classes or more/);
    const three = makeLesson(3).lesson;
    expect(() => method.label({ ...three, classes: ['class 0', 'class 1', 'other'] })).toThrow(
      /only the teacher knows class 2, only the student knows other/,
    );
  });

  test('refuses settings that it does not have', () => {
    expect(() => entry.parse({ nonsense: 1 })).toThrow(/no such setting/);
    expect(() => entry.parse([])).toThrow(/an object of settings/);
    expect(entry.summary).toMatch(/\.$/);
  });

  test.skipIf(method.of === 'labeled')('refuses several labels a row, and rounds before the first', () => {
    const { lesson } = makeLesson(4);
    const several = lesson.teachers.map((teacher) => new Predictions({ ...teacher, task: 'multi-label' }));
    expect(() => method.label({ ...lesson, teachers: several })).toThrow(/single-label, got multi-label/);
    expect(() => method.label({ ...lesson, round: 0 })).toThrow(/the first pseudo labels are round 1, got 0/);
    expect(() => method.label({ ...lesson, teachers: [] })).toThrow(/nobody labels/);
  });

  test.skipIf(method.of === 'labeled')('refuses teachers of different rows', () => {
    const { lesson } = makeLesson(5);
    const [first, ...rest] = lesson.teachers as [Predictions];
    const fewer = first.select(first.ids.slice(1));
    expect(() => method.label({ ...lesson, teachers: [first, fewer, ...rest] })).toThrow(
      /teacher 1 labels other rows than teacher 0: "image-0.jpg" is one that only teacher 0 has/,
    );
  });
});
