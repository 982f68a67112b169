import type { AdmissionReport, MemberVerdict, PseudoRowsReport } from '@podium/competition';
import { describe, expect, test } from 'vitest';
import { describeAdmission, describeVerdicts } from './describe-pseudo-labels.ts';

type Source = AdmissionReport['sources'][number];
type Distance = AdmissionReport['trainToTest'];

const distance = (auc: number, low: number, high: number, median: number): Distance => ({
  twoSample: { auc, low, high, confidence: 0.95, differ: low > 0.5, rows: [9, 9], units: [9, 9] },
  nearest: { median } as Distance['nearest'],
});
const tooFew: Distance = { twoSample: undefined, nearest: undefined };
const source = (changes: Partial<Source>): Source => ({
  name: 'web',
  path: 'data/web',
  license: 'CC BY 4.0',
  images: 3,
  admitted: ['a', 'b', 'c'],
  dropped: [],
  toTrain: tooFew,
  toTest: tooFew,
  warnings: [],
  ...changes,
});
const admission = (changes: Partial<AdmissionReport>): AdmissionReport => ({
  sources: [source({})],
  likeTest: ['web'],
  trainToTest: tooFew,
  read: [{ name: 'web', images: 3, labeled: 0, unreadable: [], unknown: [], decisions: [], omissions: [] }],
  measuredBy: 'small-net',
  ...changes,
});
const FOOTNOTE =
  '(AUC of a classifier between the two sets, on features of small-net: 0.5 indistinguishable, 1 separable)';

describe('describeAdmission', () => {
  test('counts admitted and labeled images, and shows distances', () => {
    const report = admission({
      sources: [
        source({
          images: 10,
          admitted: ['a', 'b', 'c'],
          toTrain: distance(0.734, 0.701, 0.768, 0.126),
          toTest: distance(0.5, 0.449, 0.551, 0.25),
          warnings: ['the license is not known'],
        }),
      ],
      trainToTest: distance(0.512, 0.48, 0.544, 0.1),
      read: [
        { name: 'web', images: 10, labeled: 2, unreadable: [], unknown: [], decisions: [], omissions: [] },
      ],
    });
    expect(describeAdmission(report)).toEqual([
      'web: 3 of 10 images admitted, 2 with labels',
      '  against train: AUC 0.73, 95 % [0.70, 0.77]; median distance to the nearest image 0.13',
      '  against test:  AUC 0.50, 95 % [0.45, 0.55]; median distance to the nearest image 0.25',
      '  warning: the license is not known',
      'train against test: AUC 0.51, 95 % [0.48, 0.54]; median distance to the nearest image 0.10',
      FOOTNOTE,
    ]);
  });

  test('too few images have no distance', () => {
    expect(describeAdmission(admission({}))).toEqual([
      'web: 3 of 3 images admitted',
      '  against train: too few images to measure',
      FOOTNOTE,
    ]);
  });

  test('a source without admitted images has no distances', () => {
    const sources = [source({ admitted: [] })];
    expect(describeAdmission(admission({ sources, likeTest: [] }))).toEqual([
      'web: 0 of 3 images admitted',
      FOOTNOTE,
    ]);
  });

  test('several sources are ranked by their similarity to the test images', () => {
    const sources = [source({}), source({ name: 'books', admitted: ['d'] })];
    const lines = describeAdmission(admission({ sources, likeTest: ['books', 'web'] }));
    expect(lines).toContain('books: 1 of 3 images admitted');
    expect(lines.at(-2)).toBe('most similar to the test images: books, web');
  });
});

const verdict = (changes: Partial<MemberVerdict>): MemberVerdict => ({
  name: 'small-net',
  method: 'curriculum',
  metric: 'f1-macro',
  heads: [verdictOf('label', '+1.8 macro F1, 95 % [0.4, 3.1]: used')],
  ...changes,
});
function verdictOf(head: string, sentence: string) {
  return { head, sentence } as MemberVerdict['heads'][number];
}
const rows = (
  fold: number,
  kept: number,
  precision: { estimate: number | undefined; low: number; high: number },
  changes: Partial<PseudoRowsReport> & { readonly warnings?: readonly string[] } = {},
): PseudoRowsReport => {
  const { warnings = [], ...report } = changes;
  return {
    fold,
    round: 1,
    method: 'curriculum',
    teacher: 'small-net',
    offered: 40,
    kept,
    leftOut: 0,
    heads: [{ head: 'label', precision, warnings } as PseudoRowsReport['heads'][number]],
    ...report,
  };
};

describe('describeVerdicts', () => {
  test('nothing is printed without pseudo labels', () => {
    expect(describeVerdicts([], [])).toEqual([]);
  });

  test('one line per model and head; heads are named if there are several', () => {
    const heads = [verdictOf('mask', 'within noise, not used'), verdictOf('age', 'kept, as asked')];
    expect(describeVerdicts([verdict({}), verdict({ name: 'resnet18', heads })], [])).toEqual([
      'Pseudo labels:',
      '  small-net with curriculum: +1.8 macro F1, 95 % [0.4, 3.1]: used',
      '  resnet18 with curriculum, mask: within noise, not used',
      '  resnet18 with curriculum, age: kept, as asked',
    ]);
  });

  test('counts and precision are means over the folds', () => {
    const reports = [
      rows(0, 20, { estimate: 0.9, low: 0.8, high: 1 }),
      rows(1, 31, { estimate: 0.8, low: 0.7, high: 0.9 }, { offered: 42 }),
    ];
    expect(describeVerdicts([verdict({})], reports).slice(2)).toEqual([
      '  labeled 26 of 41 images per fold',
      '  label: 85.0 % of the labels correct, estimated on out-of-fold rows, 95 % [75.0, 95.0]',
    ]);
  });

  test('only the last round counts', () => {
    const reports = [
      rows(0, 10, { estimate: 0.5, low: 0.4, high: 0.6 }),
      rows(0, 30, { estimate: 0.9, low: 0.85, high: 0.95 }, { round: 2 }),
    ];
    expect(describeVerdicts([verdict({})], reports).slice(2)).toEqual([
      '  labeled 30 of 40 images per fold, in round 2',
      '  label: 90.0 % of the labels correct, estimated on out-of-fold rows, 95 % [85.0, 95.0]',
    ]);
  });

  test('folds without an estimate do not count; without any there is no line', () => {
    const unknown = { estimate: undefined, low: 0, high: 1 };
    const known = { estimate: 0.75, low: 0.5, high: 1 };
    expect(describeVerdicts([verdict({})], [rows(0, 4, unknown), rows(1, 4, known)]).at(-1)).toBe(
      '  label: 75.0 % of the labels correct, estimated on out-of-fold rows, 95 % [50.0, 100.0]',
    );
    expect(describeVerdicts([verdict({})], [rows(0, 4, unknown)]).at(-1)).toBe(
      '  labeled 4 of 40 images per fold',
    );
  });

  test('a warning of several folds is printed once, and at most five are', () => {
    const precision = { estimate: 0.9, low: 0.8, high: 1 };
    const warnings = ['1', '2', '3', '4', '5', '6'].map((class_) => `class ${class_} has no labels`);
    const reports = [
      rows(0, 4, precision, { warnings: warnings.slice(0, 1) }),
      rows(1, 4, precision, { warnings }),
    ];
    const lines = describeVerdicts([verdict({})], reports).filter((line) => line.includes('warning'));
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe('  warning: label: class 1 has no labels');
    expect(new Set(lines).size).toBe(5);
  });
});
