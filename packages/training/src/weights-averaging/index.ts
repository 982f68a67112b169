export type { AverageState, WeightAverage } from './average.ts';
export { createEma, type EmaOptions } from './ema.ts';
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
