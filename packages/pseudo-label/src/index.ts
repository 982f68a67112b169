/**
 * Pseudo labels for unlabeled and external images, by teachers that were not trained on what they are validated on; no
 * TensorFlow. (For methods that label images during training, see `@podium/semi-supervised`.)
 */

// Admission: drops duplicates of train and test, and measures each source's distance from both.
export {
  type Admission,
  type AdmitOptions,
  admit,
  type DomainDistance,
  type ExternalSource,
  type SourceReport,
} from './admission/admit.ts';
export type { Features } from './admission/features.ts';
export type { DroppedImage, DuplicateSet, ImageName } from './admission/find-dropped.ts';
export {
  type NearestDistances,
  type NearestOptions,
  nearestDistances,
} from './admission/nearest-distances.ts';
export { type TwoSample, type TwoSampleOptions, twoSampleTest } from './admission/two-sample-test.ts';
// Fold safety: no label of a validation fold reaches its student, in any round.
export { assertNoLeak, type FoldRows, type TracedRow } from './assert-no-leak.ts';
// How far to trust labels: calibration before, expected precision after, both from out-of-fold rows.
export {
  type Calibrated,
  type CalibrateOptions,
  type Calibrator,
  calibrateTeachers,
  withoutFold,
} from './calibrate-teachers.ts';
export {
  type ExpectedPrecision,
  type ExpectedPrecisionOptions,
  expectedPrecision,
  type Precision,
} from './expected-precision.ts';
export type { Candidates } from './mean-of-teachers.ts';
export {
  defineLabelMethod,
  type LabelInput,
  type LabelMethod,
  type LabelMethodEntry,
  type OutOfFold,
  type SelectedRow,
  type SelectionInput,
} from './method.ts';
export { type ClassBalancedOptions, classBalanced } from './methods/class-balanced.ts';
export { type ConfidenceThresholdOptions, confidenceThreshold } from './methods/confidence-threshold.ts';
export { type CurriculumOptions, curriculum } from './methods/curriculum.ts';
export { type EnsembleAgreementOptions, ensembleAgreement } from './methods/ensemble-agreement.ts';
export { type NoisyStudentOptions, noisyStudent } from './methods/noisy-student.ts';
export { type OofMixingOptions, oofMixing } from './methods/oof-mixing.ts';
export { type SoftLabelsOptions, softLabels } from './methods/soft-labels.ts';
export { type TargetPrecisionOptions, targetPrecision } from './methods/target-precision.ts';
export type { PseudoLabel, PseudoLabelSet } from './pseudo-label-set.ts';
export {
  type PseudoRow,
  type PseudoRows,
  type PseudoRowsOptions,
  pseudoRows,
  type UnlabeledImage,
} from './pseudo-rows.ts';
// Methods turn teachers' predictions into labels; by name in `methods`.
export { methods } from './registry.ts';
export { type SoftenRowsOptions, softenRows } from './soften-rows.ts';
export type { Teacher } from './teacher-lineage.ts';

// What pseudo labels gained over the same training without them.
export {
  type CompareScores,
  type Gain,
  type Keep,
  type ScoreComparison,
  type Verdict,
  type VerdictOptions,
  verdict,
} from './verdict.ts';
