/** One line per method, sorted. */
export * as classMultipliers from './class-multipliers.ts';
export * as groupConsistency from './group-consistency.ts';
export * as logLossWeights from './log-loss-weights.ts';
export * as priorCorrection from './prior-correction.ts';
export * as scoreWeights from './score-weights.ts';
export * as selection from './selection.ts';
export * as stacking from './stacking.ts';
export * as temperature from './temperature.ts';
export * as vectorScaling from './vector-scaling.ts';
