import { Predictions } from '@podium/core';
import type { Head, ManifestRow } from '@podium/dataset';
import { type BoundForm, bindForm, type SampleSubmission } from '@podium/submission';
import { describe, expect, test } from 'vitest';
import type { HeadPredictions } from '../artifacts/head-predictions.ts';
import { scoredTargets } from '../heads/scored-targets.ts';
import type { HeadScore, ScoreReport } from '../stages/score.ts';
import { headResults } from './head-results.ts';
import type { RunResults } from './run-results.ts';

const ROWS = 40;

/** Predictions of `count` images, the given classes with 0.8 (or each label of a list), in two folds. */
function predict(
  head: Head,
  prefix: string,
  count: number,
  chosen: (i: number) => readonly string[],
  folds = true,
): Predictions {
  const { classes, task } = head;
  const rest = task === 'single-label' ? 0.2 / Math.max(1, classes.length - 1) : 0.1;
  return new Predictions({
    ids: Array.from({ length: count }, (_, i) => `${prefix}${i}`),
    classes,
    task,
    kind: 'probabilities',
    values: Float32Array.from(
      Array.from({ length: count }, (_, i) =>
        classes.map((name) => (chosen(i).includes(name) ? 0.8 : rest)),
      ).flat(),
    ),
    ...(folds && { folds: Int32Array.from({ length: count }, (_, i) => i % 2) }),
  });
}

const image = (id: string): ManifestRow['image'] => ({ path: `${id}.png` }) as ManifestRow['image'];
const row = (id: string, labels: ManifestRow['labels']): ManifestRow => ({
  id,
  image: image(id),
  labels,
  weight: 1,
  provenance: {} as ManifestRow['provenance'],
});

interface Part {
  readonly head: Head;
  readonly label: (i: number) => string | readonly string[];
  readonly predicted: (i: number) => readonly string[];
}

/** What a run has found out about `ROWS` training images and some test images. */
function results(parts: readonly Part[], options: { tests?: number; form?: BoundForm } = {}): RunResults {
  const { tests = 10, form } = options;
  const oof: HeadPredictions = new Map(
    parts.map(({ head, predicted }) => [head.name, predict(head, 'r', ROWS, predicted)]),
  );
  const rows = Array.from({ length: ROWS }, (_, i) =>
    row(`r${i}`, Object.fromEntries(parts.map(({ head, label }) => [head.name, label(i)]))),
  );
  const interval = { estimate: 0.5, low: 0.4, high: 0.6 };
  const score: ScoreReport = {
    metric: 'f1-macro',
    direction: 'higher',
    form: form?.settings.form ?? null,
    score: 0.5,
    heads: scoredTargets(oof, rows, form).map(
      ({ name, heads, rows: { classes } }): HeadScore => ({
        head: name,
        heads,
        cv: interval,
        folds: [],
        classes: classes.map((own) => ({
          name: own,
          support: 1,
          precision: 1,
          recall: 1,
          f1: 1,
          interval: null,
        })),
        members: [{ name: 'net', cv: interval, blendGain: interval, withinNoise: true }],
      }),
    ),
  };
  const heads = parts.map(({ head }) => head);
  return {
    graph: undefined as never,
    report: undefined as never,
    root: '',
    score,
    train: { heads, rows },
    test: { heads, rows: Array.from({ length: tests }, (_, i) => row(`t${i}`, {})) },
    rowOf: new Map(rows.map((own) => [own.id, own])),
    oof,
    testPredictions:
      tests === 0
        ? new Map()
        : new Map(
            parts.map(({ head, predicted }) => [head.name, predict(head, 't', tests, predicted, false)]),
          ),
    form,
    lint: undefined,
  };
}

const animal: Head = { name: 'animal', task: 'single-label', classes: ['cat', 'dog', 'owl'] };
const animals: Part = {
  head: animal,
  label: (i) => animal.classes[i % 3]!,
  // Every tenth image is taken for the next class.
  predicted: (i) => [animal.classes[(i + (i % 10 === 0 ? 1 : 0)) % 3]!],
};
const tags: Head = { name: 'tags', task: 'multi-label', classes: ['night', 'snow', 'indoors'] };
const tagged: Part = {
  head: tags,
  label: (i) => (i % 4 === 0 ? ['night', 'snow'] : i % 2 === 0 ? ['snow'] : []),
  predicted: (i) => (i % 4 === 0 ? ['snow'] : i % 2 === 0 ? ['snow'] : []),
};

describe('one class per image', () => {
  const [head, ...others] = headResults(results([animals]));

  test('samples, curves, calibration and label issues of the predictions', () => {
    expect(others).toEqual([]);
    expect(head).toMatchObject({ head: 'animal', predicted: 'animal', classes: animal.classes });
    expect(head?.samples?.filter(({ truth, predicted }) => truth !== predicted)).toHaveLength(4);
    expect(head?.samples?.[0]).toEqual({ id: 'r0', truth: 0, predicted: 1, confidence: 0.8, fold: 0 });
    expect(head?.ranking?.map(({ name }) => name)).toEqual(animal.classes);
    const [point] = head!.calibration![0]!.points;
    expect(point).toMatchObject({ weight: 40, accuracy: 0.9 });
    expect(point?.interval?.low).toBeLessThan(0.9);
    expect(head?.labelMistakes).toBeUndefined();
    for (const issue of head!.labelIssues!) expect(issue.manifestRow?.labels.animal).toBe(issue.given);
  });

  test('a single model has a score with an interval, and nothing that the blend gains', () => {
    expect(head?.models).toEqual([{ name: 'net', score: { value: 0.5, interval: { low: 0.4, high: 0.6 } } }]);
  });

  test('test predictions beside the training labels', () => {
    const { classes, images, trainingImages, mostSure, leastSure } = head!.testPredictions!;
    expect([images, trainingImages]).toEqual([10, ROWS]);
    expect(classes).toEqual([
      { name: 'cat', training: 14, outOfFold: 13, predicted: 3 },
      { name: 'dog', training: 13, outOfFold: 14, predicted: 4 },
      { name: 'owl', training: 13, outOfFold: 13, predicted: 3 },
    ]);
    expect(mostSure).toHaveLength(5);
    expect(leastSure).toHaveLength(5);
    expect(mostSure[0]).toEqual({
      id: 't0',
      predicted: 'dog',
      confidence: 0.8,
      next: { name: 'cat', probability: 0.1 },
    });
  });

  test('without a test set there are none', () => {
    expect(headResults(results([animals], { tests: 0 }))[0]?.testPredictions).toBeUndefined();
  });

  test('a single test image is one of the least sure', () => {
    const [own] = headResults(results([animals], { tests: 1 }));
    expect(own?.testPredictions?.mostSure).toEqual([]);
    expect(own?.testPredictions?.leastSure).toHaveLength(1);
  });
});

describe('several labels per image', () => {
  const [head] = headResults(results([tagged]));

  test('wrong decisions instead of samples', () => {
    expect(head?.samples).toBeUndefined();
    expect(head?.labelIssues).toBeUndefined();
    expect(head?.labelMistakes).toMatchObject({ images: ROWS, wrongImages: 10 });
    expect(head?.labelMistakes?.shown[0]).toEqual({
      id: 'r0',
      class: 'night',
      given: true,
      probability: 0.1,
      fold: 0,
    });
  });

  test('each label has a share of its own, and is calibrated', () => {
    expect(head?.testPredictions?.classes.map(({ training, predicted }) => [training, predicted])).toEqual([
      [10, 0],
      [20, 5],
      [0, 0],
    ]);
    expect(head?.testPredictions?.leastSure[0]).toMatchObject({ predicted: ['snow'], confidence: 0.8 });
    expect(head?.calibration?.[0]?.points.map(({ accuracy }) => accuracy)).toEqual([0.1, 1]);
    // No image shows indoors: it has no curves.
    expect(head?.ranking?.map(({ name }) => name)).toEqual(['night', 'snow']);
  });

  test('the decisions are those that the submission writes', () => {
    const form = bindForm(
      { form: 'multi-label', threshold: 0.05, list: 'plain', separator: ' ' },
      sample(['tags'], ['night snow'], 10),
      [tags],
    );
    const [own] = headResults(results([tagged], { form }));
    // Every label reaches the threshold.
    expect(own?.testPredictions?.classes.map(({ predicted }) => predicted)).toEqual([10, 10, 10]);
    expect(own?.labelMistakes?.wrongImages).toBe(ROWS);
  });
});

describe('several heads', () => {
  test('each is shown by itself', () => {
    const heads = headResults(results([animals, tagged]));
    expect(heads.map(({ head, predicted }) => [head, predicted])).toEqual([
      ['animal', 'animal'],
      ['tags', 'tags'],
    ]);
  });

  test('a combination is shown as it is written, with its parts after it', () => {
    const size: Head = { name: 'size', task: 'single-label', classes: ['small', 'large'] };
    const sizes: Part = {
      head: size,
      label: (i) => size.classes[i % 2]!,
      predicted: (i) => [size.classes[i % 2]!],
    };
    const form = bindForm({ form: 'combined-heads' }, sample(['ans'], ['0'], 10), [animal, size]);
    const [both, ...parts] = headResults(results([animals, sizes], { form }));
    expect(both?.predicted).toBeUndefined();
    expect(both?.classes).toHaveLength(6);
    expect(both?.headScore?.value).toBe(0.5);
    // Its classes have no probability.
    expect(both?.samples?.[0]).not.toHaveProperty('confidence');
    expect(both?.samples?.filter(({ truth, predicted }) => truth !== predicted)).toHaveLength(4);
    expect(both?.testPredictions?.leastSure[0]?.confidence).toBeCloseTo(0.64, 6);
    expect(parts.map(({ head }) => head)).toEqual(['animal', 'size']);
    expect(parts[0]?.headScore).toBeUndefined();
    expect(parts[0]?.ranking).toHaveLength(3);
  });
});

test('two classes, and a hundred', () => {
  for (const width of [2, 100]) {
    const classes = Array.from({ length: width }, (_, i) => `class ${i}`);
    const head: Head = { name: 'label', task: 'single-label', classes };
    const [own] = headResults(
      results([{ head, label: (i) => classes[i % width]!, predicted: (i) => [classes[(i + 1) % width]!] }]),
    );
    expect(own?.testPredictions?.classes).toHaveLength(width);
    expect(own?.ranking).toHaveLength(Math.min(width, ROWS));
  }
});

function sample(columns: readonly string[], cells: readonly string[], tests: number): SampleSubmission {
  const ids = Array.from({ length: tests }, (_, i) => `t${i}`);
  return {
    file: 'sample.csv',
    columns: ['id', ...columns],
    idColumn: 'id',
    valueColumns: columns,
    ids,
    rows: ids.map((id, i) => ({ id, cells: [id, ...cells], line: i + 2 })),
    style: {
      delimiter: ',',
      newline: '\n',
      byteOrderMark: false,
      encoding: 'utf-8',
      header: `id,${columns.join(',')}`,
      quoted: [false, ...columns.map(() => false)],
    },
    reading: { delimiter: ',', header: true },
  };
}
