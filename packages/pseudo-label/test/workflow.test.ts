import { Predictions, Rng } from '@podium/core';
import { describe, expect, test } from 'vitest';
import {
  admit,
  assertNoLeak,
  type CompareScores,
  curriculum,
  expectedPrecision,
  type Features,
  type PseudoLabelSet,
  pseudoRows,
  type Teacher,
  type TracedRow,
  verdict,
  withoutFold,
} from '../src/index.ts';

/**
 * The whole road on two spirals that wind around each other: few points have a label, many have none, and an outside one
 * is a copy of a test point. The classifier asks the points near by, and is unsure where there is none; round by round its
 * labels follow the arms.
 */
const FOLDS = [0, 1, 2, 3, 4];
const CLASSES = ['left', 'right'];

interface Point {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

function spirals(name: string, count: number): Point[] {
  const rng = Rng.fromSeed(name);
  return Array.from({ length: count }, (_, i) => {
    const radius = Math.sqrt(0.05 + 0.95 * rng.float());
    const angle = 4 * Math.PI * radius + (i % 2) * Math.PI;
    return {
      id: `${name}-${i}`,
      x: radius * Math.cos(angle) + 0.01 * rng.normal(),
      y: radius * Math.sin(angle) + 0.01 * rng.normal(),
      label: CLASSES[i % 2]!,
    };
  });
}

const foldOf = (row: number) => Math.floor(row / 2) % FOLDS.length;

/** Votes by nearness, and one vote in a thousand for either class. */
function neighbors(known: readonly Point[], asked: readonly Point[]): Predictions {
  const values = asked.flatMap(({ x, y }) => {
    const votes = CLASSES.map((name) =>
      known.reduce((sum, point) => {
        const distance = (point.x - x) ** 2 + (point.y - y) ** 2;
        return point.label === name ? sum + Math.exp(-200 * distance) : sum;
      }, 1e-3),
    );
    const all = votes.reduce((sum, vote) => sum + vote, 0);
    return votes.map((vote) => vote / all);
  });
  const ids = asked.map(({ id }) => id);
  return new Predictions({ ids, classes: CLASSES, values: Float32Array.from(values), kind: 'probabilities' });
}

function accuracy(predictions: Predictions, points: readonly Point[]): number {
  const right = [...predictions.argmax()].filter((k, row) => CLASSES[k] === points[row]?.label);
  return right.length / points.length;
}

/** Accuracies of both with a plain bootstrap over rows; `@podium/metrics` has a better one. */
const compare: CompareScores = (baseline, student, rows, label) => {
  const own = [...rows.keys()].filter((row) => label === undefined || rows[row] === label);
  const [a, b] = [baseline, student].map((predictions) => {
    const decided = predictions.argmax();
    return own.map((row) => Number(decided[row] === rows[row]));
  }) as [number[], number[]];
  const gains = a.map((value, i) => b[i]! - value);
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const rng = Rng.fromSeed('bootstrap');
  const drawn = Array.from({ length: 500 }, () => mean(gains.map(() => rng.choice(gains)))).sort(
    (p, q) => p - q,
  );
  return {
    a: mean(a),
    b: mean(b),
    difference: { estimate: mean(gains), low: drawn[12]!, high: drawn[487]! },
  };
};

function features(points: readonly Point[]): Features {
  return { ids: points.map(({ id }) => id), values: Float32Array.from(points.flatMap(({ x, y }) => [x, y])) };
}

const method = curriculum();

/** All stages on points of their own. */
function walk(seed: number) {
  const [train, unseen, outside] = [
    spirals(`train ${seed}`, 80),
    spirals(`unseen ${seed}`, 500),
    spirals(`outside ${seed}`, 600),
  ] as [Point[], Point[], Point[]];
  const copied = { ...unseen[5]!, id: 'copied' };
  const admission = admit({
    train: features(train),
    test: features(unseen),
    sources: [{ name: 'web', path: 'data/web', license: 'CC0', features: features([...outside, copied]) }],
    duplicates: [
      {
        kind: 'exact',
        images: [
          { source: 'web', id: 'copied' },
          { source: 'test', id: `unseen ${seed}-5` },
        ],
      },
    ],
    rng: Rng.fromSeed(1),
    maxRows: 100,
  });
  const admitted = new Set(admission.sources[0]?.admitted);
  const images = [...outside, copied].filter(({ id }) => admitted.has(id));
  const pointOf = new Map(images.map((point) => [point.id, point]));
  const truth = Int32Array.from(train, ({ label }) => CLASSES.indexOf(label));
  const without = (fold: number) => train.filter((_, row) => foldOf(row) !== fold);
  const within = (fold: number) => train.filter((_, row) => foldOf(row) === fold);
  const outOfFold = (known: (fold: number) => readonly Point[]) =>
    Predictions.concat(FOLDS.map((fold) => neighbors(known(fold), within(fold)).withFold(fold))).align(
      train.map(({ id }) => id),
    );

  /** Every round's labels for the student of one fold, each by a teacher that learned from the round before. */
  const taught = (fold: number) => {
    const teachers: Teacher[] = [];
    const labelSets: PseudoLabelSet[] = [];
    let student: Point[] = without(fold);
    for (let round = 1; round <= method.rounds; round++) {
      const teacher = `${fold}/${round}`;
      teachers.push({
        key: teacher,
        round,
        foldsSeen: FOLDS.filter((other) => other !== fold),
        taughtBy: round === 1 ? [] : [`${fold}/${round - 1}`],
      });
      const own = [neighbors(student, images)];
      const labelSet = method.label({ head: 'arm', teachers: own, round, rng: Rng.fromSeed(round) });
      const { rows } = pseudoRows({
        fold,
        teacher,
        teachers,
        labelSets: [labelSet],
        images: images.map(({ id }) => ({ id, image: id, origin: 'external' })),
        validation: within(fold),
      });
      const validation = within(fold).map(({ id }): TracedRow => ({ id, provenance: { kind: 'true' } }));
      assertNoLeak({ fold, train: rows, validation, teachers });
      labelSets.push(labelSet);
      // Every round starts from the true labels.
      student = [
        ...without(fold),
        ...rows.map(({ id, labels }) => ({ ...pointOf.get(id)!, label: labels.arm! })),
      ];
    }
    return { labelSets, student };
  };

  const students = FOLDS.map(taught);
  const baseline = outOfFold(without);
  const student = outOfFold((fold) => students[fold]!.student);
  const known = withoutFold({ members: [baseline], truth }, 0);
  const labelSet = students[0]!.labelSets[0]!;
  const right = labelSet.labels.filter(({ id, label }) => pointOf.get(id)?.label === label);
  const gains = FOLDS.map((fold) => {
    const own = neighbors(students[fold]!.student, unseen);
    return accuracy(own, unseen) - accuracy(neighbors(without(fold), unseen), unseen);
  });
  return {
    admission,
    precision: expectedPrecision({ method, labelSet, outOfFold: known }),
    realPrecision: right.length / labelSet.labels.length,
    verdict: verdict({
      baseline,
      student,
      truth,
      compare,
      metric: { name: 'accuracy', direction: 'higher' },
    }),
    realGain: gains.reduce((sum, gain) => sum + gain, 0) / gains.length,
  };
}

describe('two spirals with eighty labels, eight times', () => {
  const walks = Array.from({ length: 8 }, (_, seed) => walk(seed));
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;

  test('admits external points without copies of the test set', () => {
    for (const { admission } of walks) {
      const [web] = admission.sources;
      expect(web?.dropped.map(({ id }) => id)).toEqual(['copied']);
      expect(web?.admitted).toHaveLength(600);
    }
    // From the same spirals: an honest interval errs on this side once in 40.
    const differ = walks.filter(({ admission }) => admission.sources[0]?.toTest.twoSample?.differ);
    expect(differ.length).toBeLessThanOrEqual(1);
  });

  test('labels have the precision that out-of-fold rows predict', () => {
    for (const { precision, realPrecision } of walks) {
      expect(precision.labels).toBeGreaterThanOrEqual(120);
      expect(realPrecision).toBeGreaterThanOrEqual(precision.low);
      expect(realPrecision).toBeLessThanOrEqual(precision.high);
    }
  });

  test('verdicts predict the gain on unseen points', () => {
    const inside = walks.filter(
      ({ verdict: { gain }, realGain }) => realGain >= gain.low && realGain <= gain.high,
    );
    expect(inside.length).toBeGreaterThanOrEqual(6);
    const [told, real] = [
      mean(walks.map((w) => w.verdict.gain.estimate)),
      mean(walks.map((w) => w.realGain)),
    ];
    expect(real).toBeGreaterThan(0.03);
    expect(Math.abs(told - real)).toBeLessThan(0.03);
    expect(walks.filter((w) => w.verdict.kept).length).toBeGreaterThanOrEqual(3);
    expect(walks.filter((w) => w.verdict.outcome === 'worse')).toEqual([]);
  });
});
