import { expect, test } from 'vitest';
import { defaultWarmup, scheduleOf } from './schedule.ts';

const length = { steps: 40, stepsPerEpoch: 4 };
const ratesOf = (schedule: Parameters<typeof scheduleOf>[0]['schedule'], warmup: number) => {
  const made = scheduleOf({ schedule, learningRate: 1, warmup }, length);
  return Array.from({ length: length.steps }, (_, step) => made.schedule?.at(step) ?? 1);
};

test.each([
  'cosine',
  'one-cycle',
  'polynomial',
  'constant',
  { name: 'step', stepSize: 3 },
  { name: 'exponential', gamma: 0.9 },
  'plateau',
])('a rise of a fifth of the steps takes a fifth of the steps, and no rise none: %j', (schedule) => {
  const rates = ratesOf(schedule, 0.2);
  expect(Math.max(...rates)).toBeCloseTo(1, 5);
  const peak = rates.findIndex((rate) => rate > 0.999);
  expect(Math.abs(peak - 8)).toBeLessThanOrEqual(1);
  for (let step = 1; step < peak; step++) expect(rates[step]).toBeGreaterThan(rates[step - 1]!);
  expect(ratesOf(schedule, 0).findIndex((rate) => rate > 0.999)).toBeLessThanOrEqual(1);
});

test('schedules without an end count epochs', () => {
  const rates = ratesOf({ name: 'step', stepSize: 3, gamma: 0.1 }, 0);
  expect([rates[0], rates[11], rates[12], rates[24]]).toEqual([1, 1, 0.1, expect.closeTo(0.01, 12)]);
});

test('cosine ends at its lowest rate with the last step', () => {
  const rates = ratesOf('cosine', 0);
  expect(rates.at(-1)).toBeLessThan(0.002);
});

test('a schedule that reacts knows which way is better', () => {
  const fallsAt = (mode: 'min' | 'max', values: readonly number[]) => {
    const { schedule } = scheduleOf(
      { schedule: { name: 'plateau', patience: 0 }, learningRate: 1, warmup: 0 },
      { ...length, mode },
    );
    for (const value of values) schedule!.observe(value);
    return schedule!.at(0);
  };
  expect(fallsAt('max', [0.5, 0.6, 0.7])).toBe(1);
  expect(fallsAt('min', [0.5, 0.6, 0.7])).toBeLessThan(0.1);
});

test('what a rise is by default', () => {
  expect(['cosine', 'one-cycle', 'constant', { name: 'step' }].map(defaultWarmup)).toEqual([
    0.05, 0.3, 0, 0.05,
  ]);
});
