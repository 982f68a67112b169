/** One line per method, sorted. */
export * as classBalanced from './class-balanced.ts';
export * as confidenceThreshold from './confidence-threshold.ts';
export * as curriculum from './curriculum.ts';
export * as ensembleAgreement from './ensemble-agreement.ts';
export * as noisyStudent from './noisy-student.ts';
export * as oofMixing from './oof-mixing.ts';
export * as softLabels from './soft-labels.ts';
export * as targetPrecision from './target-precision.ts';
