import { createSchedule, type ScheduleOptions } from '../schedules/index.ts';
import { type Comparison, compareValues, type OptimReference, unknown } from './optim-reference.ts';

const LIMIT = 1e-9;

/** Schedules by their keys in the file, as `cosine_T20`. */
const FORMS: readonly (readonly [RegExp, (...numbers: number[]) => object])[] = [
  [/^cosine_T(\d+)$/, (totalSteps) => ({ name: 'cosine', totalSteps })],
  [
    /^onecycle_(\d+)_max([\d.]+)$/,
    (totalSteps, learningRate) => ({ name: 'one-cycle', totalSteps, learningRate }),
  ],
  [/^step_(\d+)_gamma([\d.]+)$/, (stepSize, gamma) => ({ name: 'step', stepSize, gamma })],
  [/^exponential_gamma([\d.]+)$/, (gamma) => ({ name: 'exponential', gamma })],
  [/^warm_restarts_T(\d+)$/, (cycleSteps) => ({ name: 'warm-restarts', cycleSteps })],
  [/^polynomial_T(\d+)_power([\d.]+)$/, (totalSteps, power) => ({ name: 'polynomial', totalSteps, power })],
  [
    /^linear_warmup(\d+)_then_cosine(\d+)$/,
    (warmup, rest) => ({ name: 'cosine', totalSteps: warmup! + rest!, warmup }),
  ],
];

/** Compares the first rates of each schedule in the file. */
export function compareSchedules({ schedules }: OptimReference): Comparison[] {
  return Object.entries(schedules).flatMap(([key, expected]) => {
    if (typeof expected === 'number') return [];
    const what = `schedule ${key}`;
    for (const [form, make] of FORMS) {
      const numbers = form.exec(key)?.slice(1).map(Number);
      if (numbers === undefined) continue;
      const options = { learningRate: schedules.constant_base, ...make(...numbers) } as ScheduleOptions;
      const schedule = createSchedule(options);
      const rates = expected.map((_, time) => schedule.at(time));
      return [compareValues(what, LIMIT, rates, expected, (i) => `step ${i}`)];
    }
    return [unknown(what, 'unknown schedule')];
  });
}
