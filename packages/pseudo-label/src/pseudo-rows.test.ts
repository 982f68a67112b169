import { Predictions, Rng } from '@podium/core';
import { describe, expect, test } from 'vitest';
import { yesNo } from '../test/make-label-input.ts';
import {
  assertNoLeak,
  confidenceThreshold,
  noisyStudent,
  oofMixing,
  type PseudoLabelSet,
  type PseudoRowsOptions,
  pseudoRows,
  softenRows,
  type Teacher,
} from './index.ts';

const rng = Rng.fromSeed(1);
const teachers: Teacher[] = [0, 1, 2].map((fold) => ({
  key: `without ${fold}`,
  round: 1,
  foldsSeen: [0, 1, 2].filter((other) => other !== fold),
}));
const mask = confidenceThreshold({ threshold: 0.8 }).label({
  head: 'mask',
  teachers: [yesNo([0.99, 0.9, 0.4, 0.05])],
  rng,
});
const gender = noisyStudent({ perClass: 3, threshold: 0.6 }).label({
  head: 'gender',
  teachers: [yesNo([0.7, 0.55, 0.9, 0.8])],
  rng,
});
const images = ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'].map((id, i) => ({
  id,
  image: { kind: 'file', path: `external/${id}` } as const,
  group: `person ${i}`,
  origin: 'external' as const,
}));
const ask = (options: Partial<PseudoRowsOptions<(typeof images)[0]['image']>> = {}) =>
  pseudoRows({
    fold: 0,
    teacher: 'without 0',
    teachers,
    labelSets: [mask, gender],
    images,
    validation: [{ id: 'v.jpg', group: 'somebody' }],
    ...options,
  });

describe('rows', () => {
  test('are manifest rows with all heads of an image and their teacher', () => {
    const { rows, leftOut } = ask();
    expect(leftOut).toEqual([]);
    expect(rows.map(({ id }) => id)).toEqual(['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg']);
    const [a, b, c] = rows;
    expect(a).toEqual({
      id: 'a.jpg',
      image: { kind: 'file', path: 'external/a.jpg' },
      labels: { mask: 'yes', gender: 'yes' },
      softLabels: { gender: gender.labels[0]?.soft },
      group: 'person 0',
      weight: 1,
      provenance: {
        kind: 'pseudo',
        teacher: 'without 0',
        round: 1,
        confidence: gender.labels[0]?.confidence,
      },
    });
    // No gender is sure enough for b, no mask for c.
    expect(b?.labels).toEqual({ mask: 'yes' });
    expect(c?.labels).toEqual({ gender: 'yes' });
    expect(() => assertNoLeak({ fold: 0, train: rows, validation: [], teachers })).not.toThrow();
  });

  test('are repeated by their number of copies, with unique ids', () => {
    const copied = noisyStudent({ perClass: 3 }).label({
      head: 'mask',
      teachers: [yesNo([0.9, 0.2])],
      rng,
    });
    const { rows } = ask({ labelSets: [copied] });
    expect(rows.map(({ id }) => id)).toEqual(['a.jpg', 'a.jpg#2', 'a.jpg#3', 'b.jpg', 'b.jpg#2', 'b.jpg#3']);
    const other = { ...images[0], id: 'a.jpg#2' } as (typeof images)[0];
    expect(() => ask({ labelSets: [copied], images: [...images, other] })).toThrow(/"a.jpg#2" occurs twice/);
  });

  test('leave out validation images and their groups', () => {
    const validation = [{ id: 'a.jpg' }, { id: 'v.jpg', group: 'person 2' }];
    expect(ask({ validation })).toMatchObject({
      rows: [{ id: 'b.jpg' }, { id: 'd.jpg' }],
      leftOut: [
        { id: 'a.jpg', why: 'validation image' },
        { id: 'c.jpg', why: 'validation group' },
      ],
    });
  });

  test('are rejected from a teacher that was trained on the fold, except for the final student', () => {
    expect(() => ask({ teacher: 'without 1' })).toThrow(
      /a pseudo-labeled row trains the model that fold 0 validates.*got one trained on fold 0/,
    );
    expect(ask({ teacher: 'without 1', fold: undefined }).rows).toHaveLength(4);
  });

  test('are rejected for test images, unless the rules allow them', () => {
    const some = images.map((image, i) => ({ ...image, origin: i === 1 ? ('test' as const) : image.origin }));
    expect(() => ask({ images: some })).toThrow(/"b.jpg" is a test image.*\n.*set allowTest: true/);
    expect(ask({ images: some, allowTest: true }).rows).toHaveLength(4);
  });

  test('are empty without labels', () => {
    const none: PseudoLabelSet = { ...mask, labels: [] };
    expect(ask({ labelSets: [none] })).toEqual({ rows: [], leftOut: [] });
  });

  test('that contradict each other are rejected', () => {
    expect(() => ask({ labelSets: [mask, mask] })).toThrow(/"mask" occurs twice/);
    expect(() => ask({ images: images.slice(1) })).toThrow(/"a.jpg" has a label but no image/);
    expect(() => ask({ labelSets: [{ ...mask, round: 2 }] })).toThrow(
      /expected round 1, the teacher's, got round 2/,
    );
  });
});

describe('softer labels', () => {
  const rows = [0, 1, 2].flatMap((fold) => [`${fold}a.jpg`, `${fold}b.jpg`].map((id) => ({ id, fold })));
  const known = yesNo([0.9, 0.8, 0.3, 0.6, 0.7, 0.2]);
  const named = new Predictions({
    ...known,
    ids: rows.map(({ id }) => id),
  });
  const labelSet = oofMixing().label({
    head: 'mask',
    teachers: [],
    outOfFold: { members: [named], truth: Int32Array.of(0, 0, 1, 0, 0, 1) },
    rng,
  });
  const pairs: Teacher[] = [
    { key: 'without 0 and 1', round: 1, foldsSeen: [2] },
    { key: 'without 0 and 2', round: 1, foldsSeen: [1] },
  ];

  test('come from teachers trained without the row and the validation fold', () => {
    const softened = softenRows<(typeof rows)[0] & { softLabels?: { mask: readonly number[] } }>({
      fold: 0,
      rows,
      labelSets: [labelSet],
      teacherOf: (fold) => `without 0 and ${fold}`,
      teachers: pairs,
    });
    expect(softened.map(({ id }) => id)).toEqual(['1a.jpg', '1b.jpg', '2a.jpg', '2b.jpg']);
    expect(softened[0]?.softLabels?.mask?.[1]).toBeCloseTo(0.91, 6);
  });

  test('are rejected in the usual form: by a model that was trained on all other folds', () => {
    const usual = (fold: number | undefined) =>
      softenRows({
        fold,
        rows,
        labelSets: [labelSet],
        teacherOf: (own) => `without ${own}`,
        teachers,
      });
    expect(() => usual(0)).toThrow(/the soft label of row "1a.jpg" trains the model that fold 0 validates/);
    expect(usual(undefined)).toHaveLength(6);
  });

  test('are rejected if they are not out-of-fold predictions', () => {
    expect(() =>
      softenRows({ fold: 0, rows, labelSets: [labelSet], teacherOf: () => 'without 0', teachers }),
    ).toThrow(/"1a.jpg" was predicted by teacher "without 0", which was trained on the row/);
    const loose = rows.map(({ id }) => ({ id }));
    expect(() =>
      softenRows({ fold: 0, rows: loose, labelSets: [labelSet], teacherOf: () => 'without 0', teachers }),
    ).toThrow(/the row has no fold/);
  });
});
