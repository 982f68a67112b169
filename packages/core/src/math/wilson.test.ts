import { expect, test } from 'vitest';
import { wilson } from './wilson.ts';

// statsmodels' proportion_confint(successes, rows, alpha, method='wilson')
test.each([
  [0, 8, 0.95, 0, 0.3244075648838801],
  [10, 10, 0.95, 0.7224672001371109, 1],
  [50, 100, 0.95, 0.4038315303659956, 0.5961684696340044],
  [18, 20, 0.95, 0.6989663547715128, 0.9721335187862319],
  [1, 3, 0.8, 0.10577563612172286, 0.6788173521696517],
])('%i of %i at %f', (successes, rows, confidence, low, high) => {
  const interval = wilson(successes / rows, rows, confidence);
  expect(interval.low).toBeCloseTo(low, 10);
  expect(interval.high).toBeCloseTo(high, 10);
});
