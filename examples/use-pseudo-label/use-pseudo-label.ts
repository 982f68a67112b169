import { Predictions, Rng } from '@podium/core';
import { temperature } from '@podium/ensemble';
import {
  calibrateTeachers,
  type ExpectedPrecision,
  expectedPrecision,
  type OutOfFold,
  type PseudoRow,
  pseudoRows,
  targetPrecision,
} from '@podium/pseudo-label';

const CLASSES = ['worn', 'incorrect', 'not worn'];
const FOLD = 0;

/** The model of fold 0, trained on folds 1 to 4: its predictions of unlabeled images, and all out-of-fold predictions. */
export interface Teacher {
  readonly unlabeled: Predictions;
  readonly outOfFold: OutOfFold;
}

/** Training rows for the student of fold 0, and the share of their labels that is expected to be correct. */
export function labelImages({ unlabeled, outOfFold }: Teacher): {
  readonly rows: readonly PseudoRow<string>[];
  readonly precision: ExpectedPrecision;
} {
  const rng = Rng.fromSeed(1);
  // Neither the calibration nor the thresholds use labels of the student's fold.
  const calibrated = calibrateTeachers({
    calibrator: temperature(),
    teachers: [unlabeled],
    outOfFold,
    fold: FOLD,
    rng,
  });
  const method = targetPrecision({ precision: 0.95 });
  const labelSet = method.label({ head: 'mask', rng, ...calibrated });
  const { rows } = pseudoRows({
    fold: FOLD,
    teacher: 'resnet without fold 0',
    // A teacher that learned of fold 0, in any round, would be rejected.
    teachers: [{ key: 'resnet without fold 0', round: 1, foldsSeen: [1, 2, 3, 4] }],
    labelSets: [labelSet],
    images: unlabeled.ids.map((id) => ({ id, image: `web/${id}`, origin: 'external' })),
    validation: [],
  });
  return { rows, precision: expectedPrecision({ method, labelSet, outOfFold: calibrated.outOfFold }) };
}

/** Overconfident predictions of 300 labeled and 1,000 unlabeled images, with the true classes of both. */
export function makeTeacher(): Teacher & { readonly truth: Int32Array } {
  const rng = Rng.fromSeed('masks');
  const draw = (name: string, count: number, folds?: Int32Array) => {
    const truth = Int32Array.from({ length: count }, () => rng.int(CLASSES.length));
    const predictions = new Predictions({
      ids: Array.from({ length: count }, (_, row) => `${name}-${row}.jpg`),
      classes: CLASSES,
      kind: 'logits',
      values: Float32Array.from(
        { length: count * CLASSES.length },
        (_, i) => 4 * (rng.normal() + (truth[Math.floor(i / 3)] === i % 3 ? 2 : 0)),
      ),
      folds,
    });
    return { truth, predictions };
  };
  const labeled = draw(
    'labeled',
    300,
    Int32Array.from({ length: 300 }, (_, row) => row % 5),
  );
  const { truth, predictions } = draw('web', 1000);
  return {
    truth,
    unlabeled: predictions,
    outOfFold: { members: [labeled.predictions], truth: labeled.truth },
  };
}

if (process.argv[1] === import.meta.filename) {
  const teacher = makeTeacher();
  const { rows, precision } = labelImages(teacher);
  console.log(`${rows.length} of ${teacher.unlabeled.length} images get a label`);
  const [low, high] = [precision.low, precision.high].map((value) => value.toFixed(3));
  console.log(`expected precision: ${precision.estimate?.toFixed(3)} [${low}, ${high}]`);
  const { image, labels, weight, provenance } = rows[0]!;
  console.log(JSON.stringify({ image, labels, weight, provenance }));
}
