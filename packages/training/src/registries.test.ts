import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSchedule, losses, optimizers, type ScheduleOptions, schedules } from './index.ts';

/** Files of a folder that define no entry of its registry. */
const HELPERS: Readonly<Record<string, readonly string[]>> = {
  losses: ['class-weights', 'definition', 'heads', 'mean', 'registry'],
  optimizers: ['definition', 'groups', 'optimizer', 'registry', 'state'],
  schedules: ['definition', 'registry', 'warm-up'],
};

describe.each([
  ['losses', losses],
  ['optimizers', optimizers],
  ['schedules', schedules],
] as const)('%s', (folder, registry) => {
  test('each file is in the barrel once, under its name', () => {
    const path = join(import.meta.dirname, folder);
    const files = readdirSync(path)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => file.slice(0, -'.ts'.length))
      .filter((file) => !['all', 'index', ...(HELPERS[folder] as string[])].includes(file));
    const barrel = readFileSync(join(path, 'all.ts'), 'utf8');
    const exported = [...barrel.matchAll(/from '\.\/(.+)\.ts'/g)].map((match) => match[1]!);
    expect(exported).toEqual([...files].sort());
    expect(registry.names()).toEqual([...files].sort());
  });
});

const SCHEDULES: Readonly<Record<string, object>> = {
  step: { every: 3 },
  'multi-step': { milestones: [2, 5] },
  exponential: { gamma: 0.9 },
  cosine: { total: 20 },
  'warm-restarts': { period: 4, periodFactor: 2 },
  polynomial: { total: 20 },
  'one-cycle': { total: 20 },
};

describe.each(schedules.names())('schedule %s', (name) => {
  const make = (more: object = {}) =>
    createSchedule({ name, learningRate: 0.1, ...SCHEDULES[name], ...more } as ScheduleOptions);

  test('lies between 0 and its full rate, at whatever time, in whatever order', () => {
    const schedule = make({ warmUp: 4 });
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), (a, b) => {
        const first = schedule.at(a);
        schedule.at(b);
        expect(schedule.at(a)).toBe(first);
        expect(first).toBeGreaterThanOrEqual(0);
        expect(first).toBeLessThanOrEqual(0.1 * (1 + 1e-12));
      }),
      { seed: 1 },
    );
  });

  test('rises in a line while it warms up', () => {
    const schedule = make({ warmUp: 4, warmUpFrom: 0.2 });
    const [start, , half, , full] = [0, 1, 2, 3, 4].map((time) => schedule.at(time)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    expect(start / full).toBeCloseTo(0.2, 10);
    expect(half / full).toBeCloseTo(0.6, 10);
  });

  test('says what is wrong', () => {
    expect(() => createSchedule({ name } as ScheduleOptions)).toThrow(`schedule ${name}`);
    expect(() => make({ learningRate: -1 })).toThrow('expected a number at least 0, got -1');
    expect(() => make({ gama: 1 })).toThrow('no such setting');
    expect(() => make().at(-1)).toThrow('time to ask schedule');
    expect(() => make().loadState({ schedule: 'other', numbers: {} })).toThrow(`expected ${name}`);
  });
});

test('a schedule without room is refused', () => {
  const make = (options: object) => () =>
    createSchedule({ learningRate: 0.1, ...options } as ScheduleOptions);
  expect(make({ name: 'cosine', total: 5, warmUp: 5 })).toThrow(
    'a warm-up of 5 leaves nothing of a total of 5',
  );
  expect(make({ name: 'one-cycle', total: 3 })).toThrow('leaves a phase without length');
  expect(make({ name: 'one-cycle', total: 50, rise: 0.5, threePhases: true })).toThrow('without length');
});
