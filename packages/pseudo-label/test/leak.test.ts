import { Predictions, Rng } from '@podium/core';
import { describe, expect, test } from 'vitest';
import { assertNoLeak, confidenceThreshold, pseudoRows, type Teacher, type TracedRow } from '../src/index.ts';

/**
 * What a leak does to a score, with numbers. Two photos of each of 100 scenes are labeled, by folds of whole scenes; two
 * more of each have no label. A scene's label is drawn by lot, so the label of an unseen scene cannot be predicted:
 * every honest score is a half.
 */
const SCENES = 100;
const WIDTH = 8;
const FOLDS = [0, 1, 2, 3, 4];
const CLASSES = ['a', 'b'];

interface Photo {
  readonly id: string;
  readonly fold: number;
  readonly label: string;
  readonly features: Float32Array;
}

const { labeled, unlabeled } = photos(7);

/** The nearest photo's label: all that it saw, it knows. */
function nearest(known: readonly Photo[], asked: readonly Photo[]): Predictions {
  const values = asked.flatMap(({ features }) => {
    let [best, least] = ['', Number.POSITIVE_INFINITY];
    for (const { label, features: other } of known) {
      const distance = features.reduce((sum, value, d) => sum + (value - other[d]!) ** 2, 0);
      if (distance < least) [best, least] = [label, distance];
    }
    return CLASSES.map((name) => (name === best ? 0.99 : 0.01));
  });
  const ids = asked.map(({ id }) => id);
  return new Predictions({ ids, classes: CLASSES, values: Float32Array.from(values), kind: 'probabilities' });
}

function photos(seed: number): { labeled: Photo[]; unlabeled: Photo[] } {
  const rng = Rng.fromSeed(seed);
  const all = Array.from({ length: SCENES }, (_, scene) => {
    const center = rng.fillNormal(new Float32Array(WIDTH));
    const label = CLASSES[rng.int(2)]!;
    return ['0', '1', 'x', 'y'].map((name) => ({
      id: `${name}-${scene}.jpg`,
      fold: scene % FOLDS.length,
      label,
      features: center.map((value) => value + 0.1 * rng.normal()),
    }));
  }).flat();
  return {
    labeled: all.filter(({ id }) => /^[01]/.test(id)),
    unlabeled: all.filter(({ id }) => /^[xy]/.test(id)),
  };
}

const without = (fold: number | undefined) => labeled.filter((photo) => photo.fold !== fold);
const traced = (photo: Photo): TracedRow => ({ id: photo.id, provenance: { kind: 'true' } });

interface TeacherData {
  /** True rows that the teacher of this fold was trained on. */
  readonly known: readonly Photo[];
  readonly record: Teacher;
}

/** Labels for a fold's student, by its teacher; photos with labels that are taken for true. */
function teach({ known, record }: TeacherData): Photo[] {
  const { labels } = confidenceThreshold().label({
    head: 'label',
    teachers: [nearest(known, unlabeled)],
    round: record.round,
    rng: Rng.fromSeed(0),
  });
  const label = new Map(labels.map((one) => [one.id, one.label]));
  return unlabeled.map((photo) => ({ ...photo, label: label.get(photo.id)! }));
}

/** Share of right answers over all folds, each by a student of true rows and pseudo rows. */
function crossValidated(pseudo: (fold: number) => readonly Photo[]): number {
  const right = FOLDS.flatMap((fold) => {
    const validation = labeled.filter((photo) => photo.fold === fold);
    const answers = nearest([...without(fold), ...pseudo(fold)], validation).argmax();
    return validation.map(({ label }, row) => Number(CLASSES[answers[row]!] === label));
  });
  return right.reduce((sum, one) => sum + one, 0) / right.length;
}

/** Asks whether these rows may train the student of fold 0. */
function check(records: readonly Teacher[], teacher: Teacher): void {
  const { key, round } = teacher;
  const train = unlabeled.map(
    ({ id }): TracedRow => ({ id, provenance: { kind: 'pseudo', teacher: key, round, confidence: 0.99 } }),
  );
  const validation = labeled.filter(({ fold }) => fold === 0).map(traced);
  assertNoLeak({ fold: 0, train, validation, teachers: records });
}

describe('a teacher trained on all folds', () => {
  const record: Teacher = { key: 'all', round: 1, foldsSeen: FOLDS };

  test('would turn a score of one half into 1', () => {
    expect(crossValidated(() => teach({ known: labeled, record }))).toBeGreaterThan(0.99);
    const honest = crossValidated((fold) => teach({ known: without(fold), record }));
    const plain = crossValidated(() => []);
    // Of 100 scenes, a half give or take 0.15, three standard deviations.
    for (const score of [honest, plain]) expect(Math.abs(score - 0.5)).toBeLessThan(0.15);
  });

  test('is rejected, with its labels', () => {
    expect(() => check([record], record)).toThrow(/got one trained on fold 0/);
    expect(() =>
      pseudoRows({
        fold: 0,
        teacher: 'all',
        teachers: [record],
        labelSets: [
          confidenceThreshold().label({
            head: 'label',
            teachers: [nearest(labeled, unlabeled)],
            rng: Rng.fromSeed(0),
          }),
        ],
        images: unlabeled.map(({ id }) => ({ id, image: id, origin: 'external' as const })),
        validation: [],
      }),
    ).toThrow(/expected a teacher trained without fold 0/);
  });
});

describe("the mean of all folds' models, as often used", () => {
  const members = FOLDS.map(
    (fold): Teacher => ({ key: `without ${fold}`, round: 1, foldsSeen: FOLDS.filter((f) => f !== fold) }),
  );
  const mean: Teacher = { key: 'mean', round: 1, foldsSeen: [], taughtBy: members.map(({ key }) => key) };

  test('would do the same: each member was trained on all folds but one', () => {
    const { labels } = confidenceThreshold({ threshold: 0 }).label({
      head: 'label',
      teachers: FOLDS.map((fold) => nearest(without(fold), unlabeled)),
      rng: Rng.fromSeed(0),
    });
    const label = new Map(labels.map((one) => [one.id, one.label]));
    const pseudo = unlabeled.map((photo) => ({ ...photo, label: label.get(photo.id)! }));
    expect(crossValidated(() => pseudo)).toBeGreaterThan(0.99);
  });

  test('is rejected', () => {
    expect(() => check([...members, mean], mean)).toThrow(/learned of fold 0 from "without 1"/);
  });
});

describe('a second round', () => {
  const first: Teacher = { key: 'all', round: 1, foldsSeen: FOLDS };
  const second: Teacher = { key: 'second', round: 2, foldsSeen: [1, 2, 3, 4], taughtBy: ['all'] };

  test('passes on what the first was trained on, although its own teacher never saw the fold', () => {
    const leaked = teach({ known: labeled, record: first });
    const score = crossValidated((fold) => teach({ known: [...without(fold), ...leaked], record: second }));
    expect(score).toBeGreaterThan(0.99);
  });

  test('is rejected', () => {
    expect(() => check([first, second], second)).toThrow(/learned of fold 0 from "all"/);
    const honest: Teacher = { ...second, taughtBy: ['without 0'] };
    const own: Teacher = { key: 'without 0', round: 1, foldsSeen: [1, 2, 3, 4] };
    expect(() => check([own, honest], honest)).not.toThrow();
  });
});
