import { fail, type Predictions, type Rng } from '@podium/core';
import type { OutOfFold } from './method.ts';

/** Makes the confidence of predictions honest, with parameters fitted to labeled rows: `temperature()` of `@podium/ensemble`. */
export interface Calibrator<Parameters = unknown> {
  readonly name: string;
  readonly fit: (rows: {
    readonly members: readonly Predictions[];
    readonly truth: Int32Array;
    readonly rng: Rng;
  }) => Parameters;
  readonly apply: (parameters: Parameters, members: readonly Predictions[]) => Predictions;
}

export interface CalibrateOptions<Parameters> {
  readonly calibrator: Calibrator<Parameters>;
  /** Predictions of the unlabeled rows, one per teacher. */
  readonly teachers: readonly Predictions[];
  /** The same teachers' out-of-fold predictions of labeled rows; with folds if `fold` is given. */
  readonly outOfFold: OutOfFold;
  /** The fold of the student, whose labels are not used. Default: none, for the final student. */
  readonly fold?: number;
  readonly rng: Rng;
}

/** Calibrated predictions, as `label` and `expectedPrecision` take them. */
export interface Calibrated<Parameters> {
  readonly teachers: readonly Predictions[];
  /** Without the rows of the student's fold. */
  readonly outOfFold: OutOfFold;
  /** One per teacher; JSON if the calibrator's parameters are. */
  readonly parameters: readonly Parameters[];
}

/**
 * Calibrates each teacher on its out-of-fold rows: networks are overconfident, and a threshold of 0.95 is meaningful only if
 * 95 % of such rows are correct. Rows on which the student is validated are excluded, so that not even a temperature is
 * fitted to them.
 * @throws PodiumError `pseudo-out-of-fold` unless there are out-of-fold predictions for each teacher, with folds, and rows
 * outside the student's fold; what the calibrator throws
 *
 * @example
 * const calibrated = calibrateTeachers({ calibrator: temperature(), teachers, outOfFold, fold: 0, rng });
 */
export function calibrateTeachers<Parameters>({
  calibrator,
  teachers,
  outOfFold,
  fold,
  rng,
}: CalibrateOptions<Parameters>): Calibrated<Parameters> {
  if (outOfFold.members.length !== teachers.length) {
    fail({
      code: 'pseudo-out-of-fold',
      message: 'each teacher is calibrated on its own out-of-fold predictions',
      expected: `${teachers.length} sets of them`,
      got: String(outOfFold.members.length),
    });
  }
  const allowed = fold === undefined ? outOfFold : withoutFold(outOfFold, fold);
  const parameters = allowed.members.map((member, index) =>
    calibrator.fit({ members: [member], truth: allowed.truth, rng: rng.split('calibrate', index) }),
  );
  const apply = (members: readonly Predictions[]) =>
    members.map((member, index) => calibrator.apply(parameters[index] as Parameters, [member]));
  return {
    teachers: apply(teachers),
    outOfFold: { members: apply(allowed.members), truth: allowed.truth },
    parameters,
  };
}

/**
 * Out-of-fold rows without those of one fold.
 * @throws PodiumError `pseudo-out-of-fold` if the folds are missing, or no rows remain
 */
export function withoutFold({ members, truth }: OutOfFold, fold: number): OutOfFold {
  const [first] = members;
  if (first?.folds === undefined) {
    return fail({
      code: 'pseudo-out-of-fold',
      message: `cannot exclude the rows of fold ${fold}`,
      expected: 'out-of-fold predictions with folds',
      got: first === undefined ? 'none' : 'predictions without folds',
      fix: 'mark the predictions of each fold before concatenating them: predictions.withFold(k)',
    });
  }
  const { folds, ids } = first;
  const kept = [...ids.keys()].filter((row) => folds[row] !== fold);
  if (kept.length === 0) {
    fail({
      code: 'pseudo-out-of-fold',
      message: `no rows remain without fold ${fold}`,
      expected: 'two folds or more',
      got: `only fold ${fold}`,
    });
  }
  const names = kept.map((row) => ids[row]!);
  return {
    members: members.map((member) => member.select(names)),
    truth: Int32Array.from(kept, (row) => truth[row]!),
  };
}
