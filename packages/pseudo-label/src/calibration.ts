import type { Predictions, Rng } from '@podium/core';
import type { OutOfFold } from './method.ts';
import { fail } from './support/errors.ts';

/**
 * Anything that is fitted to labeled rows and makes predictions honest about how sure they are. `temperature()` of
 * `@podium/ensemble` is one.
 */
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
  /** Predictions of the unlabeled rows, one a teacher. */
  readonly teachers: readonly Predictions[];
  /** The same teachers' out-of-fold predictions of labeled rows. With folds, where `fold` is given. */
  readonly outOfFold: OutOfFold;
  /** The fold whose student is to be taught: its labels are not used. Left out: the final student, which may know all. */
  readonly fold?: number;
  readonly rng: Rng;
}

/** Both calibrated alike; what `label` and `expectedPrecision` take. */
export interface Calibrated<Parameters> {
  readonly teachers: readonly Predictions[];
  /** Without the rows of the student's fold. */
  readonly outOfFold: OutOfFold;
  /** One a teacher, as JSON if the calibrator's are. */
  readonly parameters: readonly Parameters[];
}

/**
 * Calibrates each teacher by its out-of-fold rows: a threshold of 0.95 means something only where 95 % of such rows are
 * right, and networks are surer than that. Rows that the student is validated on take no part, so that not even a
 * temperature is fitted to what it is measured by.
 * @throws PodiumError `pseudo-out-of-fold` where there is not one set of out-of-fold predictions a teacher, no row is left,
 * or folds are missing; what the calibrator throws
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
      message: 'every teacher is calibrated by its own out-of-fold predictions',
      expected: `${teachers.length} sets of them`,
      got: String(outOfFold.members.length),
    });
  }
  const known = fold === undefined ? outOfFold : withoutFold(outOfFold, fold);
  const parameters = known.members.map((member, index) =>
    calibrator.fit({ members: [member], truth: known.truth, rng: rng.split('calibrate', index) }),
  );
  const apply = (members: readonly Predictions[]) =>
    members.map((member, index) => calibrator.apply(parameters[index] as Parameters, [member]));
  return {
    teachers: apply(teachers),
    outOfFold: { members: apply(known.members), truth: known.truth },
    parameters,
  };
}

/**
 * Out-of-fold rows less those of one fold.
 * @throws PodiumError `pseudo-out-of-fold` where a member has no folds, or no row is left
 */
export function withoutFold({ members, truth }: OutOfFold, fold: number): OutOfFold {
  const [first] = members;
  if (first?.folds === undefined) {
    return fail({
      code: 'pseudo-out-of-fold',
      message: `which rows are of fold ${fold} is not known`,
      expected: 'out-of-fold predictions with folds',
      got: first === undefined ? 'none' : 'predictions without',
      fix: "mark each fold's predictions before putting them together: predictions.withFold(k)",
    });
  }
  const { folds, ids } = first;
  const kept = [...ids.keys()].filter((row) => folds[row] !== fold);
  if (kept.length === 0) {
    fail({
      code: 'pseudo-out-of-fold',
      message: `without fold ${fold} no row is left`,
      expected: 'two folds or more',
      got: `fold ${fold} only`,
    });
  }
  const names = kept.map((row) => ids[row]!);
  return {
    members: members.map((member) => member.select(names)),
    truth: Int32Array.from(kept, (row) => truth[row]!),
  };
}
