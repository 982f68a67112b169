import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { example } from '../../test/example.ts';
import { type HeadResults, type LabelIssue, type ReportData, renderReport, type Sample } from '../index.ts';

const sectionOf = (data: Partial<ReportData>, id: string) =>
  parseHTML(renderReport(example(data))).document.querySelector(`#${id}`);
const textOf = (data: Partial<ReportData>, id: string) =>
  sectionOf(data, id)?.textContent?.replaceAll(/\s+/g, ' ') ?? '';

describe('likely label errors', () => {
  /** 400 images of two classes, of which `right` are predicted as they are labeled, and as many issues as told. */
  function results(right: number, issues: number): HeadResults {
    const samples = Array.from({ length: 400 }, (_, i): Sample => {
      const truth = i % 2;
      return { id: `${i}.jpg`, truth, predicted: i < right ? truth : 1 - truth, confidence: 0.9 };
    });
    return {
      classes: ['cat', 'dog'],
      confusion: undefined,
      samples,
      labelIssues: Array.from(
        { length: issues },
        (_, i): LabelIssue => ({
          id: `${399 - i}.jpg`,
          head: 'label',
          given: 'cat',
          suggested: 'dog',
          quality: i / 1000,
        }),
      ),
    };
  }

  test('the number is that of all issues, not of the listed ones', () => {
    const section = sectionOf(results(380, 75), 'labels');
    expect(section?.textContent).toContain('75 of 400 labels disagree');
    expect(section?.textContent).toContain('60 are shown');
    expect(section?.querySelectorAll('.issue')).toHaveLength(60);
    expect(section?.querySelector('#patch-all')).not.toBeNull();
  });

  test('a model that is right on 23 % cannot tell, and offers no "tick all"', () => {
    const section = sectionOf({ ...results(92, 267), labelNoise: 0.5 }, 'labels');
    const text = section?.textContent;
    expect(text).toContain('cannot tell wrong labels from their own mistakes');
    expect(text).toContain('only 23\u00a0% of the labels');
    expect(text).toContain('267 of 400');
    expect(text).not.toContain('estimated');
    expect(section?.querySelector('#patch-all')).toBeNull();
    // Who wants to look nevertheless can.
    expect(section?.querySelectorAll('details .issue')).toHaveLength(60);
  });

  test('one that is right often, but not often enough, says so', () => {
    const section = sectionOf({ ...results(300, 12), labelNoise: 0.2 }, 'labels');
    expect(section?.textContent).toContain('many of these may be their mistakes');
    expect(section?.textContent).not.toContain('estimated');
    expect(section?.querySelector('#patch-all')).toBeNull();
    expect(section?.querySelector('details')).toBeNull();
  });

  test('a model that knows only the common class cannot tell', () => {
    const samples = Array.from(
      { length: 100 },
      (_, i): Sample => ({ id: `${i}.jpg`, truth: i < 95 ? 0 : 1, predicted: 0 }),
    );
    const { labelIssues } = results(0, 5);
    const text = textOf({ classes: ['cat', 'dog'], samples, labelIssues }, 'labels');
    expect(text).toContain('95\u00a0% (50\u00a0% as the mean over classes)'.replaceAll('\u00a0', ' '));
    expect(text).toContain('cannot tell');
  });
});

describe('the ensemble claims no more than the data show', () => {
  const members = example().ensemble!.members;
  test.each<[string, Partial<NonNullable<ReportData['ensemble']>>, 'higher' | 'lower', string]>([
    [
      'within noise',
      { fitted: 0.75, nested: 0.742, differenceInterval: { low: -0.01, high: 0.02 } },
      'higher',
      'within noise',
    ],
    [
      'worse on its own rows',
      { fitted: 0.735, nested: 0.742, differenceInterval: { low: -0.02, high: 0.01 } },
      'higher',
      'within noise',
    ],
    [
      'more than noise',
      { fitted: 0.8, nested: 0.742, differenceInterval: { low: 0.03, high: 0.08 } },
      'higher',
      'That much of it is overfitting.',
    ],
    [
      'a loss',
      { fitted: 0.5, nested: 0.6, differenceInterval: { low: -0.15, high: -0.05 } },
      'lower',
      'That much of it is overfitting.',
    ],
    [
      'better elsewhere',
      { fitted: 0.7, nested: 0.742, differenceInterval: { low: -0.06, high: -0.02 } },
      'higher',
      'nothing is overfitted',
    ],
    ['not known', { fitted: 0.75, nested: 0.742 }, 'higher', 'not known'],
  ])('%s', (_, values, better, words) => {
    const text = textOf({ ensemble: { members, ...values }, metric: { name: 'm', better } }, 'ensemble');
    expect(text).toContain(words);
    expect(text.includes('is overfitting')).toBe(words.includes('is overfitting'));
  });
});

test('a race tells what was tried, what stopped, and what there was no time for', () => {
  const text = textOf({}, 'race');
  for (const part of [
    'fold 0',
    '9 min 21 s of 10 min',
    '6 x 48',
    '0.640 to 0.760',
    'kept',
    'stopped',
    'not tried',
  ])
    expect(text).toContain(part);
});

describe('left out, chosen, checked', () => {
  test('lists every omission, every decision and every finding', () => {
    const text = textOf({}, 'choices');
    for (const part of ['training rows', '4.8', 'their label cell is empty', 'train.csv:12 "cat-7"'])
      expect(text).toContain(part);
    for (const part of ['data.options.label', 'breed', 'the only column with repeated texts'])
      expect(text).toContain(part);
    for (const part of ['class-mix', 'the class mix differs', 'look at the images'])
      expect(text).toContain(part);
  });

  test('says so if there is none', () => {
    const text = textOf(
      { omissions: [], decisions: [], submissionChecks: { rows: 12, form: 'label', findings: [] } },
      'choices',
    );
    expect(text).toContain('Nothing was left out.');
    expect(text).toContain('Every choice was made by a setting.');
    expect(text).toContain('found nothing wrong with it: 12 rows, written as label');
  });

  test('a large share that is left out is above the score', () => {
    const omission = { what: 'training rows', reason: 'they have no image', examples: [] };
    const warned = textOf({ omissions: [{ ...omission, count: 46, of: 60 }] }, 'summary');
    expect(warned).toContain('46 of 60 training rows (77 %) are left out because they have no image');
    expect(textOf({ omissions: [{ ...omission, count: 1, of: 60 }] }, 'summary')).not.toContain('left out');
    // Thumbnails of an operating system are no rows.
    const files = { ...omission, what: 'files', count: 46, of: 60 };
    expect(textOf({ omissions: [files] }, 'summary')).not.toContain('left out');
  });
});

test('long names that begin and end alike stay different wherever they are cut', () => {
  const names = ['b0', 'b1'].map((variant) => `efficientnet_${variant}.a_very_long_tag_of_weights`);
  const stages = names.map((name) => ({ name: `train[${name},seed=1,fold=0]`, seconds: 10 }));
  const members = names.map((name) => ({ name, weight: 0.5 }));
  const page = sectionOf({ stages }, 'cost');
  const labels = (element: Element | null) =>
    [...(element?.querySelectorAll('svg text') ?? [])].map(({ textContent }) => textContent);
  expect(new Set(labels(page).filter((text) => text?.startsWith('trai'))).size).toBe(2);
  const ensemble = labels(sectionOf({ ensemble: { members } }, 'ensemble'));
  expect(new Set(ensemble.filter((text) => text?.startsWith('eff'))).size).toBe(2);
  const matrix = sectionOf({ classes: names, samples: [{ id: 'a', truth: 0, predicted: 1 }] }, 'confusion');
  const heads = [...(matrix?.querySelectorAll('.matrix tbody th bdi') ?? [])].map((bdi) => bdi.textContent);
  expect(new Set(heads).size).toBe(2);
});

test('the test set: classes whose share differs beyond the interval', () => {
  const text = textOf({}, 'test');
  expect(text).toContain('The training share of 1 of 7 classes lies outside');
  expect(text).toContain('cat: 15.0 % of the training labels, 40.0 % of the test predictions');
  for (const part of ['t1.jpg', '>99', 't2.jpg', 'else cat (30 %)']) expect(text).toContain(part);
});

test('what training sees: the steps by name, each original beside its versions', () => {
  const section = sectionOf({}, 'augmentation');
  expect([...(section?.querySelectorAll('.step b') ?? [])].map(({ textContent }) => textContent)).toEqual([
    'horizontalFlip',
    'randAugment',
    'mixup',
  ]);
  const rows = [...(section?.querySelectorAll('.versions') ?? [])];
  expect(rows).toHaveLength(3);
  for (const row of rows) {
    const [original, ...versions] = [...row.querySelectorAll('img')].map((image) =>
      image.getAttribute('alt'),
    );
    expect(original).toMatch(/, as it is$/);
    expect(versions).toHaveLength(2);
    expect(versions[1]).toMatch(/, augmented version 2$/);
  }
});

test('a single model has no column of what the blend gains', () => {
  const [first] = example().models!;
  const text = textOf({ models: [{ name: first!.name, score: first!.score }] }, 'models');
  expect(text).toContain('0.690 to 0.770');
  expect(text).not.toContain('Blend minus model');
});

describe('heads', () => {
  const { classes, samples, perClass, ranking } = example();
  const second = {
    head: 'tags',
    headScore: { value: 0.61, interval: { low: 0.5, high: 0.7 } },
    classes: ['indoors', 'night'],
    labelMistakes: {
      images: 60,
      wrongImages: 7,
      shown: [{ id: 'a.jpg', class: 'night', given: true, probability: 0.02 }],
    },
    perClass: [{ name: 'night', support: 9, precision: 0.5, recall: 0.4, f1: 0.44 }],
  };
  const third = { head: 'kind', classes, samples, perClass, ranking };
  const data = {
    head: 'animal',
    headScore: { value: 0.87 },
    otherHeads: [second, third],
  } satisfies Partial<ReportData>;
  const { document } = parseHTML(renderReport(example(data)));

  test('each has its own scores, mistakes and matrix, under its name', () => {
    const names = (id: string) =>
      [...document.querySelectorAll(`#${id} .head-name`)].map(({ textContent }) => textContent);
    expect(names('mistakes')).toEqual(['Head animal', 'Head tags', 'Head kind']);
    expect(names('classes')).toEqual(['Head animal', 'Head tags', 'Head kind']);
    // A head with several labels per image has no confusion matrix.
    expect(names('confusion')).toEqual(['Head animal', 'Head kind']);
    expect([...document.querySelectorAll('.matrix')].map(({ id }) => id)).toEqual(['matrix', 'matrix-2']);
    expect(document.querySelector('#mistakes')?.textContent).toContain('7 of 60 images');
    expect(document.querySelector('#mistakes')?.textContent).toContain('misses night');
  });

  test('the summary has a table of their scores', () => {
    const rows = [...document.querySelectorAll('#summary table tbody tr')].map((row) => row.textContent);
    expect(rows[0]).toContain('animal');
    expect(rows[1]).toContain('0.6100.500 to 0.700');
    expect(document.querySelector('#summary')?.textContent).toContain('the mean of those of 3 heads');
  });
});

test.each([2, 100])('%i classes', (width) => {
  const classes = Array.from({ length: width }, (_, i) => `class ${i}`);
  const samples = Array.from(
    { length: 3 * width },
    (_, i): Sample => ({
      id: `${i}.jpg`,
      truth: i % width,
      predicted: (i + (i % 7 === 0 ? 1 : 0)) % width,
      confidence: 0.5,
    }),
  );
  const data = example({
    classes,
    samples,
    perClass: classes.map((name) => ({ name, support: 3, precision: 1, recall: 1, f1: 1 })),
    ranking: classes.map((name, i) => ({
      name,
      positives: 3,
      negatives: 3 * (width - 1),
      auc: 1 - i / 1000,
      averagePrecision: 1,
      roc: [
        [0, 0],
        [0, 1],
        [1, 1],
      ],
      precisionRecall: [
        [0, 1],
        [1, 1],
      ],
    })),
    testPredictions: {
      images: width,
      trainingImages: 3 * width,
      classes: classes.map((name) => ({ name, training: 3, predicted: 1 })),
      mostSure: [],
      leastSure: [],
    },
    map: {
      method: 'UMAP',
      points: samples.map(({ id, truth }, i) => ({ x: i, y: i % 5, id, class: classes[truth!]! })),
    },
  });
  const { document } = parseHTML(renderReport(data));
  expect(document.querySelectorAll('#classes tbody tr')).toHaveLength(width);
  expect(document.querySelectorAll('#ranking tbody tr')).toHaveLength(width);
  expect(document.querySelectorAll('#ranking .legend li')).toHaveLength(Math.min(12, width));
  expect(document.querySelectorAll('#test tbody tr')).toHaveLength(width);
  // Each class has a look of its own on the map.
  const looks = [...document.querySelectorAll('#map [data-legend="class"] circle')].map((circle) =>
    ['fill', 'stroke', 'stroke-dasharray'].map((name) => circle.getAttribute(name)).join(),
  );
  expect(new Set(looks).size).toBe(width);
});
