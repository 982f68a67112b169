/** One line per metric, sorted. */
export * as accuracy from './accuracy.ts';
export * as averagePrecision from './average-precision.ts';
export * as balancedAccuracy from './balanced-accuracy.ts';
export * as brier from './brier.ts';
export * as calibrationError from './calibration-error.ts';
export * as cohenKappa from './cohen-kappa.ts';
export * as exactMatch from './exact-match.ts';
export * as fBeta from './f-beta.ts';
export * as f1 from './f1.ts';
export * as hamming from './hamming.ts';
export * as logLoss from './log-loss.ts';
export * as mcc from './mcc.ts';
export * as precision from './precision.ts';
export * as recall from './recall.ts';
export * as rocAuc from './roc-auc.ts';
export * as topK from './top-k.ts';
