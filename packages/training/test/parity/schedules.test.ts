import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSchedule, type ScheduleOptions, schedules } from '../../src/index.ts';

interface Case {
  readonly options: ScheduleOptions;
  readonly rates: readonly number[];
}

const fixtures = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures', 'schedules.json'), 'utf8'),
) as {
  readonly schedules: readonly Case[];
  readonly plateaus: readonly (Case & { readonly metrics: readonly (number | null)[] })[];
};

describe('PyTorch', () => {
  test.each(fixtures.schedules.map((each) => [JSON.stringify(each.options), each]))('%s', (_title, each) => {
    const schedule = createSchedule(each.options);
    // Backwards, since the order in which times are asked for must not matter.
    for (let time = each.rates.length - 1; time >= 0; time--) {
      const rate = each.rates[time]!;
      expect(Math.abs(schedule.at(time) - rate), `time ${time}`).toBeLessThanOrEqual(1e-9 * rate);
    }
  });

  test.each(fixtures.plateaus.map((each) => [JSON.stringify(each.options), each]))('%s', (_title, each) => {
    let schedule = createSchedule(each.options);
    for (const [i, metric] of each.metrics.entries()) {
      schedule.observe(metric ?? Number.NaN);
      expect(schedule.at(i)).toBeCloseTo(each.rates[i]!, 12);
      // Resumed at every point.
      const state = JSON.parse(JSON.stringify(schedule.state()));
      schedule = createSchedule(each.options);
      schedule.loadState(state);
      expect(schedule.at(i)).toBeCloseTo(each.rates[i]!, 12);
    }
  });

  test('every schedule has a case', () => {
    const names = [...fixtures.schedules, ...fixtures.plateaus].map(({ options }) => options.name);
    expect([...new Set(names)].sort()).toEqual(schedules.names().sort());
  });
});
