export type { AverageState, WeightAverage } from './average.ts';
export { createEma, type EmaOptions } from './ema.ts';
export { createSwa } from './swa.ts';
