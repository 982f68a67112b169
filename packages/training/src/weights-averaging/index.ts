export { batchNorms } from './batch-norms.ts';
export { type AverageOptions, createAverage } from './create-average.ts';
export { createEma, type EmaOptions } from './ema.ts';
export { type RefreshOptions, refreshStatistics } from './refresh-statistics.ts';
export {
  type GreedySoup,
  type GreedySoupOptions,
  greedySoup,
  refreshedBy,
  type SoupIngredient,
  type SoupOptions,
  uniformSoup,
} from './soup.ts';
export { createSwa } from './swa.ts';
export type { AverageState, WeightAverage } from './weight-average.ts';
