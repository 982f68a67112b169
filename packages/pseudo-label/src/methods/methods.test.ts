import type { Predictions } from '@podium/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeLabelInput, yesNo } from '../../test/make-label-input.ts';
import {
  classBalanced,
  confidenceThreshold,
  curriculum,
  ensembleAgreement,
  noisyStudent,
  oofMixing,
  type PseudoLabelSet,
  softLabels,
  targetPrecision,
} from '../index.ts';

const settings = { numRuns: 20, seed: 4 };
const seeds = fc.integer({ min: 0, max: 1e6 });
const idsOf = ({ labels }: PseudoLabelSet) => labels.map(({ id }) => id);
const inputOf = (...teachers: Predictions[]) => ({ ...makeLabelInput(0).input, teachers });
const images = yesNo([0.99, 0.9, 0.8, 0.6, 0.3, 0.02]);

describe('a threshold', () => {
  test('accepts confident rows of both classes', () => {
    const labelSet = confidenceThreshold({ threshold: 0.85 }).label(inputOf(images));
    expect(labelSet.labels.map(({ id, label }) => [id, label])).toEqual([
      ['a.jpg', 'yes'],
      ['b.jpg', 'yes'],
      ['f.jpg', 'no'],
    ]);
    expect(labelSet.counts).toEqual([
      { candidates: 4, accepted: 2, copies: 2 },
      { candidates: 2, accepted: 1, copies: 1 },
    ]);
  });

  test('can be set per class, for existing classes', () => {
    const perClass = confidenceThreshold({ threshold: 0.85, perClass: { no: 0.65 } });
    expect(idsOf(perClass.label(inputOf(images)))).toEqual(['a.jpg', 'b.jpg', 'e.jpg', 'f.jpg']);
    expect(() => confidenceThreshold({ perClass: { nope: 0.5 } }).label(inputOf(images))).toThrow(
      /perClass: .*expected yes\|no, got "nope"/,
    );
  });

  test('when raised, accepts a subset', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0, max: 1 }), fc.double({ min: 0, max: 1 }), (seed, a, b) => {
        const { input } = makeLabelInput(seed, { rows: 40 });
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        for (const method of [confidenceThreshold, softLabels, ensembleAgreement]) {
          const many = new Set(idsOf(method({ threshold: low }).label(input)));
          for (const id of idsOf(method({ threshold: high }).label(input))) expect(many.has(id)).toBe(true);
        }
      }),
      settings,
    );
  });

  test('that no row reaches warns with the most confident row', () => {
    const unsure = yesNo([0.55, 0.6, 0.52]);
    expect(confidenceThreshold().label(inputOf(unsure))).toMatchObject({
      labels: [],
      warnings: [
        'none of 3 rows is labeled: the most confident, "b.jpg", is "yes" with 0.600, below the threshold of 0.950',
      ],
    });
  });

  test('that only one class reaches warns', () => {
    const [warning] = confidenceThreshold().label(inputOf(yesNo([0.99, 0.98, 0.6]))).warnings;
    expect(warning).toMatch(/all 2 labels are "yes", which a student would learn to predict for everything/);
  });

  test('can weight by confidence', () => {
    const { labels } = confidenceThreshold({ weights: 'confidence' }).label(inputOf(images));
    expect(labels.map(({ weight }) => weight)).toEqual(labels.map(({ confidence }) => confidence));
  });
});

describe('a curriculum', () => {
  test("accepts the most confident fifth, two fifths, and so on, by NumPy's percentiles", () => {
    // numpy.percentile([0.99, 0.9, 0.8, 0.6, 0.7, 0.98], [80, 60, 40, 20, 0])
    const expected = [0.98, 0.9, 0.8, 0.7, 0.6];
    const method = curriculum();
    expect(method.rounds).toBe(5);
    expected.forEach((threshold, i) => {
      const labelSet = method.label({ ...inputOf(images), round: i + 1 });
      expect(labelSet.thresholds[0]).toBeCloseTo(threshold, 6);
      expect(labelSet.labels).toHaveLength([2, 3, 4, 5, 6][i]!);
    });
    expect(method.label({ ...inputOf(images), round: 9 }).labels).toHaveLength(6);
  });

  test('accepts the same share of each class if balanced', () => {
    // More sure of one class than of the other throughout.
    const uneven = yesNo([0.99, 0.98, 0.97, 0.96, 0.4, 0.41, 0.42, 0.43]);
    const counts = (balanced: boolean) =>
      curriculum({ step: 50, balanced })
        .label(inputOf(uneven))
        .counts.map(({ accepted }) => accepted);
    expect(counts(false)).toEqual([4, 0]);
    expect(counts(true)).toEqual([2, 2]);
  });

  test('accepts more rows each round, up to the maximum', () => {
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, balanced) => {
        const { input } = makeLabelInput(seed);
        const method = curriculum({ start: 20, step: 5, max: 50, balanced });
        expect(method.rounds).toBe(7);
        let before = new Set<string>();
        for (let round = 1; round <= 8; round++) {
          const now = new Set(idsOf(method.label({ ...input, round })));
          for (const id of before) expect(now.has(id)).toBe(true);
          before = now;
        }
        expect(before.size).toBeGreaterThanOrEqual(27);
        expect(before.size).toBeLessThanOrEqual(33);
      }),
      settings,
    );
  });
});

describe('class balance', () => {
  test('accepts equally many rows of each class, the most confident ones', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { input } = makeLabelInput(seed);
        const { counts, labels } = classBalanced().label(input);
        const fewest = Math.min(...counts.map(({ candidates }) => candidates).filter((count) => count > 0));
        for (const { candidates, accepted } of counts) {
          expect(accepted).toBe(candidates === 0 ? 0 : fewest);
        }
        const all = confidenceThreshold({ threshold: 0 }).label(input).labels;
        const taken = new Set(labels.map(({ id }) => id));
        for (const { id, label, confidence } of all) {
          if (taken.has(id)) continue;
          for (const other of labels)
            if (other.label === label) expect(other.confidence).toBeGreaterThanOrEqual(confidence);
        }
      }),
      settings,
    );
  });

  test('accepts all rows of small classes', () => {
    const { counts, thresholds } = classBalanced({ perClass: 3 }).label(inputOf(images));
    expect(counts.map(({ accepted }) => accepted)).toEqual([3, 2]);
    expect(thresholds[0]).toBeCloseTo(0.8, 6);
    expect(thresholds[1]).toBe(0);
  });
});

describe('soft labels', () => {
  test('are the mean of the teachers', () => {
    const { labels } = softLabels().label(inputOf(yesNo([0.9, 0.4]), yesNo([0.7, 0.2])));
    expect(labels.map(({ soft }) => soft?.[0]?.toFixed(6))).toEqual(['0.800000', '0.300000']);
    expect(labels.map(({ label }) => label)).toEqual(['yes', 'no']);
  });

  test('are sharper at a low temperature, while confidence stays', () => {
    const [plain, sharp] = [1, 0.5].map((temperature) => softLabels({ temperature }).label(inputOf(images)));
    expect(sharp?.labels[2]?.soft?.[0]).toBeCloseTo(0.64 / 0.68, 6);
    expect(sharp?.labels.map(({ confidence }) => confidence)).toEqual(
      plain?.labels.map(({ confidence }) => confidence),
    );
    const cold = softLabels({ temperature: 0.01 }).label(inputOf(images)).labels;
    for (const { soft } of cold) expect((soft ?? []).every(Number.isFinite)).toBe(true);
  });
});

describe('agreement', () => {
  const other = yesNo([0.99, 0.95, 0.3, 0.9, 0.2, 0.01]);

  test('accepts rows on which all teachers agree and are confident on average', () => {
    const labelSet = ensembleAgreement({ threshold: 0.75 }).label(inputOf(images, other));
    expect(idsOf(labelSet)).toEqual(['a.jpg', 'b.jpg', 'd.jpg', 'e.jpg', 'f.jpg']);
    expect(labelSet.labels[2]?.confidence).toBeCloseTo(0.75, 6);
  });

  test('can require a majority', () => {
    const third = yesNo([0.99, 0.95, 0.9, 0.3, 0.2, 0.01]);
    const taken = (agreeing: number) =>
      idsOf(ensembleAgreement({ threshold: 0, agreeing }).label(inputOf(images, other, third)));
    expect(taken(3)).toEqual(['a.jpg', 'b.jpg', 'e.jpg', 'f.jpg']);
    expect(taken(2)).toHaveLength(6);
  });

  test('warns if there is none', () => {
    const [a, b] = [yesNo([0.9, 0.2]), yesNo([0.1, 0.9])];
    expect(ensembleAgreement().label(inputOf(a, b)).warnings).toEqual([
      'none of 2 rows is labeled: the teachers agree on none',
    ]);
  });

  test('needs two', () => {
    expect(() => ensembleAgreement().label(inputOf(images))).toThrow(/expected at least 2, got 1/);
    expect(() => ensembleAgreement({ agreeing: 3 }).label(inputOf(images, other))).toThrow(
      /expected at least 3, got 2/,
    );
  });
});

describe('noisy student', () => {
  test('gives every class the same number of images, with copies for small classes', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 40 }), (seed, perClass) => {
        const { input } = makeLabelInput(seed);
        const { counts, labels } = noisyStudent({ perClass, maxCopies: 1000 }).label(input);
        for (const { candidates, copies } of counts) {
          // No row of three classes is below 0.3 by much; those that are do not count.
          if (candidates > 0) expect([0, perClass]).toContain(copies);
        }
        for (const label of counts.keys()) {
          const own = labels.filter((one) => one.label === `class ${label}`).map(({ copies }) => copies);
          expect(Math.max(...own, 1) - Math.min(...own, Math.max(...own, 1))).toBeLessThanOrEqual(1);
        }
      }),
      settings,
    );
  });

  test('limits copies, and by default uses the mean over classes', () => {
    const uneven = yesNo([0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.93, 0.92, 0.1]);
    expect(
      noisyStudent()
        .label(inputOf(uneven))
        .counts.map(({ copies }) => copies),
    ).toEqual([5, 5]);
    const limited = noisyStudent({ maxCopies: 2 }).label(inputOf(uneven));
    expect(limited.counts.map(({ copies }) => copies)).toEqual([5, 2]);
    expect(limited.labels[0]?.soft?.[0]).toBeCloseTo(0.99, 6);
    expect(noisyStudent({ soft: false }).label(inputOf(uneven)).labels[0]?.soft).toBeUndefined();
  });
});

describe('a target precision', () => {
  const known = yesNo([0.99, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65]);
  // Right down to 0.85, then half the time.
  const truth = Int32Array.of(0, 0, 0, 0, 1, 0, 1, 0);
  const outOfFold = { members: [known], truth };
  const input = { ...inputOf(yesNo([0.97, 0.84, 0.74, 0.3])), outOfFold };

  test('accepts rows down to the confidence at which enough labeled rows are correct, per class', () => {
    // 4 of 4 down to 0.85, which show 5/6.
    const strict = targetPrecision({ precision: 0.83, minRows: 2 }).label(input);
    expect(strict.thresholds[0]).toBeCloseTo(0.85, 6);
    expect(idsOf(strict)).toEqual(['a.jpg']);
    // 5 of 6 from 0.75 on, which show 6/8.
    const loose = targetPrecision({ precision: 0.75, minRows: 2 }).label(input);
    expect(loose.thresholds[0]).toBeCloseTo(0.75, 6);
    expect(idsOf(loose)).toEqual(['a.jpg', 'b.jpg']);
    // Nothing is known of "no".
    expect(strict.thresholds[1]).toBeGreaterThan(1);
    expect(strict.warnings[0]).toMatch(/^no labels of "no": no threshold has shown a precision of 0.83/);
  });

  test.each([
    [17, false],
    [18, true],
  ])('%i right rows of as many show 95 %%: %s', (rows, isShown) => {
    const sure = yesNo(Array.from({ length: rows }, () => 0.9));
    const all = { members: [sure], truth: new Int32Array(rows) };
    const { labels, warnings } = targetPrecision().label({ ...inputOf(yesNo([0.97])), outOfFold: all });
    expect(labels).toHaveLength(Number(isShown));
    if (!isShown) {
      expect(warnings[0]).toMatch(/takes at least 18 right rows of a class; lower "precision"/);
      expect(warnings.join()).not.toMatch(/2\.000/);
    }
  });

  test('copies in a group show no more than one of them', () => {
    const groups = Array.from({ length: 40 }, (_, row) => `g${row % 4}`);
    const copies = yesNo(
      groups.map(() => 0.9),
      { groups },
    );
    const all = { members: [copies], truth: new Int32Array(40) };
    const given = { ...inputOf(yesNo([0.97])), outOfFold: all };
    expect(targetPrecision({ precision: 0.83 }).label(given).labels).toHaveLength(1);
    expect(targetPrecision({ precision: 0.84 }).label(given).labels).toHaveLength(0);
  });

  test('certainty cannot be asked for', () => {
    expect(() => targetPrecision({ precision: 1 })).toThrow(/precision: .*a number < 1, got 1/);
  });

  test('needs labeled rows with one true class each', () => {
    const method = targetPrecision();
    const { outOfFold: _, ...without } = input;
    expect(() => method.label(without)).toThrow(/needs labeled rows that the teachers were not trained on/);
    expect(() => method.label({ ...input, outOfFold: { ...outOfFold, truth: truth.subarray(1) } })).toThrow(
      /truth: expected one class index per row, 8, got 7/,
    );
    expect(() =>
      method.label({ ...input, outOfFold: { ...outOfFold, truth: truth.map((k) => k + 1) } }),
    ).toThrow(/the truth of row 4 \("e.jpg"\): expected a class index from 0 to 1, got 2/);
  });
});

test('mixing gives 3 parts of the out-of-fold prediction and 7 of the true label', () => {
  const outOfFold = { members: [yesNo([0.9, 0.2])], truth: Int32Array.of(0, 0) };
  const { labels } = oofMixing().label({ ...inputOf(images), outOfFold });
  expect(labels.map(({ label }) => label)).toEqual(['yes', 'yes']);
  expect(labels[0]?.soft?.map((value) => value.toFixed(6))).toEqual(['0.970000', '0.030000']);
  expect(labels[1]?.soft?.map((value) => value.toFixed(6))).toEqual(['0.760000', '0.240000']);
});

test.each([
  [confidenceThreshold, { threshold: 1.5 }, /threshold: .*a number <= 1, got 1.5/],
  [confidenceThreshold, { weights: 'none' }, /expected equal\|confidence/],
  [confidenceThreshold, { perClass: { yes: 2 } }, /perClass.yes: .*a number <= 1, got 2/],
  [curriculum, { steps: 20 }, /did you mean "step"/],
  [noisyStudent, { perClass: 0.5 }, /perClass: .*a whole number, got 0.5/],
  [ensembleAgreement, { soft: 'yes' }, /soft: .*a boolean, got "yes"/],
] as const)('rejects settings: %o %j', (method, given, message) => {
  expect(() => method(given as never)).toThrow(message);
});
