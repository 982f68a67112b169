import { createSchedule, type ScheduleOptions } from '../schedules/index.ts';
import { type Comparison, compareValues, type OptimReference, unknown } from './optim-reference.ts';

const LIMIT = 1e-9;

/** What the names of schedules in the file say, as `cosine_T20`. */
const FORMS: readonly (readonly [RegExp, (...numbers: number[]) => object])[] = [
  [/^cosine_T(\d+)$/, (total) => ({ name: 'cosine', total })],
  [/^onecycle_(\d+)_max([\d.]+)$/, (total, learningRate) => ({ name: 'one-cycle', total, learningRate })],
  [/^step_(\d+)_gamma([\d.]+)$/, (every, gamma) => ({ name: 'step', every, gamma })],
  [/^exponential_gamma([\d.]+)$/, (gamma) => ({ name: 'exponential', gamma })],
  [/^warm_restarts_T(\d+)$/, (period) => ({ name: 'warm-restarts', period })],
  [/^polynomial_T(\d+)_power([\d.]+)$/, (total, power) => ({ name: 'polynomial', total, power })],
  [
    /^linear_warmup(\d+)_then_cosine(\d+)$/,
    (warmUp, rest) => ({ name: 'cosine', total: (warmUp as number) + (rest as number), warmUp }),
  ],
];

/** Asks each schedule of the file for its first rates. */
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
    return [unknown(what, 'a schedule of unknown form')];
  });
}
