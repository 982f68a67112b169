import { Predictions, Rng } from '@podium/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeLabelInput } from '../../test/make-label-input.ts';
import { methods, type PseudoLabelSet } from '../index.ts';

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

const entries = [...methods].map((entry) => [entry.name, entry] as const);

describe.each(entries)('%s', (name, entry) => {
  const method = entry.parse();
  const empty = (predictions: Predictions) => predictions.select([]);

  test('returns JSON labels with confidence, weight and copies, equal for equal inputs', () => {
    const { input } = makeLabelInput(1, { rows: 200, labeled: 600 });
    const labelSet = method.label(input);
    expect(JSON.parse(JSON.stringify(labelSet))).toEqual(labelSet);
    expect(method.label(input)).toEqual(labelSet);
    expect(labelSet).toMatchObject({ method: name, head: 'mask', round: 1, warnings: [] });
    expect(labelSet.labels.length).toBeGreaterThan(0);
    expect(method.name).toBe(name);
    expect(method.rounds).toBeGreaterThanOrEqual(1);
    for (const { confidence, weight, copies, label, soft } of labelSet.labels) {
      expect(confidence >= 0 && confidence <= 1 && weight > 0).toBe(true);
      expect(Number.isInteger(copies) && copies >= 1).toBe(true);
      expect(labelSet.classes).toContain(label);
      if (soft !== undefined) expect(soft.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
    }
    const accepted = labelSet.counts.reduce((sum, count) => sum + count.accepted, 0);
    expect(accepted).toBe(labelSet.labels.length);
  });

  test('does not depend on the order of images, labeled rows or classes', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { input } = makeLabelInput(seed, { rows: 30 });
        const { outOfFold } = input;
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
          ...input,
          classes: input.teachers[0]?.classes ?? [],
          teachers: turn(input.teachers, images),
          outOfFold: { members: turn(outOfFold.members, known), truth },
        });
        const plain = method.label(input);
        const rounded = ({ labels }: PseudoLabelSet) =>
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

  test('warns if there is nothing to label', () => {
    const { input } = makeLabelInput(2);
    const labelSet = method.label({ ...input, teachers: input.teachers.map(empty) });
    if (method.of === 'labeled') expect(labelSet.labels).toHaveLength(60);
    else expect(labelSet).toMatchObject({ labels: [], warnings: ['there are no rows to label'] });
  });

  test('rejects one class, and teachers of other classes than the student', () => {
    const { input } = makeLabelInput(3, { classes: 1 });
    expect(() => method.label(input)).toThrow(
      /pseudo labels of a single class teach nothing.*two classes or more/,
    );
    const three = makeLabelInput(3).input;
    expect(() => method.label({ ...three, classes: ['class 0', 'class 1', 'other'] })).toThrow(
      /only the teacher has class 2, only the student has other/,
    );
  });

  test('rejects unknown settings', () => {
    expect(() => entry.parse({ nonsense: 1 })).toThrow(/no such setting/);
    expect(() => entry.parse([])).toThrow(/expected an object/);
    expect(entry.summary).toMatch(/\.$/);
    for (const [key, schema] of Object.entries(entry.settings.shape)) {
      expect(schema.description, key).toMatch(/^[A-Z].*\.$/);
    }
  });
});

const ofOutside = entries.filter(([, entry]) => entry.parse().of !== 'labeled');

test.each(ofOutside)('%s rejects multi-label teachers, and rounds before the first', (_, entry) => {
  const method = entry.parse();
  const { input } = makeLabelInput(4);
  const several = input.teachers.map((teacher) => new Predictions({ ...teacher, task: 'multi-label' }));
  expect(() => method.label({ ...input, teachers: several })).toThrow(/single-label, got multi-label/);
  expect(() => method.label({ ...input, round: 0 })).toThrow(/the first pseudo labels are round 1, got 0/);
  expect(() => method.label({ ...input, teachers: [] })).toThrow(/no teachers/);
});

test.each(ofOutside)('%s rejects teachers of different rows', (_, entry) => {
  const { input } = makeLabelInput(5);
  const [first, ...rest] = input.teachers as [Predictions];
  const fewer = first.select(first.ids.slice(1));
  expect(() => entry.parse().label({ ...input, teachers: [first, fewer, ...rest] })).toThrow(
    /teachers 0 and 1 have different rows: "image-0.jpg" is only in teacher 0/,
  );
});
