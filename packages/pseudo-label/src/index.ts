/**
 * Unlabeled and outside images as training rows, without a teacher that has seen what it is measured on; no TensorFlow.
 * Methods that label images during training are in `@podium/semi-supervised`.
 *
 * - **Admission**: `admit` drops duplicates of train and test from external sources, and tells how far each source is from
 *   both (`twoSampleTest`, `nearestDistances`).
 * - **Methods** turn teachers' predictions into labels: `confidenceThreshold`, `targetPrecision`, `curriculum`,
 *   `classBalanced`, `softLabels`, `ensembleAgreement`, `noisyStudent`; `oofMixing` softens true labels. By name in `methods`.
 * - **How far to trust them**: `calibrateTeachers` before, `expectedPrecision` after, both by out-of-fold rows.
 * - **Fold safety**: `pseudoRows` makes rows for the student of fold k only from a teacher that never learned of fold k, in
 *   whatever round; `softenRows` the same for labeled rows; `refuseLeak` checks any rows.
 * - **`verdict`**: what they were worth against the same training without them.
 */
export {
  type Admission,
  type AdmitOptions,
  admit,
  type DomainDistance,
  type ExternalSource,
  type SourceReport,
} from './admission/admit.ts';
export type { DroppedImage, DuplicateSet, ImageName } from './admission/duplicates.ts';
export type { Features } from './admission/features.ts';
export { type NearestDistances, type NearestOptions, nearestDistances } from './admission/nearest.ts';
export { type TwoSample, type TwoSampleOptions, twoSampleTest } from './admission/two-sample.ts';
export {
  type Calibrated,
  type CalibrateOptions,
  type Calibrator,
  calibrateTeachers,
  withoutFold,
} from './calibration.ts';
export type { Candidates } from './candidates.ts';
export { type LeakQuestion, refuseLeak, type TracedRow } from './fold-safety.ts';
export type { Labeling, PseudoLabel } from './labels.ts';
export {
  type Choosing,
  type Chosen,
  defineLabelMethod,
  type LabelMethod,
  type LabelMethodEntry,
  type Lesson,
  type OutOfFold,
} from './method.ts';
export { type ClassBalancedOptions, classBalanced } from './methods/class-balanced.ts';
export { type ConfidenceThresholdOptions, confidenceThreshold } from './methods/confidence-threshold.ts';
export { type CurriculumOptions, curriculum } from './methods/curriculum.ts';
export { type EnsembleAgreementOptions, ensembleAgreement } from './methods/ensemble-agreement.ts';
export { type NoisyStudentOptions, noisyStudent } from './methods/noisy-student.ts';
export { type OofMixingOptions, oofMixing } from './methods/oof-mixing.ts';
export { type SoftLabelsOptions, softLabels } from './methods/soft-labels.ts';
export { type TargetPrecisionOptions, targetPrecision } from './methods/target-precision.ts';
export {
  type ExpectedPrecision,
  type ExpectedPrecisionOptions,
  expectedPrecision,
  type Precision,
} from './precision.ts';
export {
  type PseudoRow,
  type PseudoRows,
  type PseudoRowsOptions,
  pseudoRows,
  type UnlabeledImage,
} from './pseudo-rows.ts';
export { methods } from './registry.ts';
export { type SoftenRowsOptions, softenRows } from './soften-rows.ts';
export type { Weighting } from './support/choose.ts';
export type { Teacher } from './teachers.ts';
export {
  type CompareScores,
  type Gain,
  type Keep,
  type ScoreComparison,
  type Verdict,
  type VerdictOptions,
  verdict,
} from './verdict.ts';
