import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSchedule, losses, optimizers, type ScheduleOptions, schedules } from './index.ts';

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly settings: { readonly shape: Readonly<Record<string, { readonly description?: string }>> };
}

describe.each([
  ['losses', losses],
  ['optimizers', optimizers],
  ['schedules', schedules],
] as const)('%s', (folder, registry) => {
  const path = join(import.meta.dirname, folder, 'kinds');

  test('each entry has a file of its name and one line in the barrel', async () => {
    const files = readdirSync(path).filter((file) => file !== 'index.ts');
    expect(files).toEqual(registry.names().map((name) => `${name}.ts`));
    for (const name of registry.names()) {
      const module: Readonly<Record<string, unknown>> = await import(join(path, `${name}.ts`));
      expect(Object.values(module)).toContain(registry.get(name));
    }
    const barrel = readFileSync(join(path, 'index.ts'), 'utf8');
    const exported = [...barrel.matchAll(/from '\.\/(.+)\.ts'/g)].map((match) => match[1]!);
    expect(exported).toEqual(registry.names());
  });

  test.each(registry.names())('%s is described in one line, and so is each setting', (name) => {
    const { summary, settings } = registry.get(name) as unknown as Entry;
    expect(summary).toMatch(/^[^\n]{10,110}\.$/);
    for (const [key, schema] of Object.entries(settings.shape)) {
      expect(schema.description, key).toMatch(/^[^\n]{5,110}[^.]$/);
    }
  });
});

const SCHEDULES: Readonly<Record<string, object>> = {
  step: { stepSize: 3 },
  'multi-step': { milestones: [2, 5] },
  exponential: { gamma: 0.9 },
  cosine: { totalSteps: 20 },
  'warm-restarts': { cycleSteps: 4, cycleFactor: 2 },
  polynomial: { totalSteps: 20 },
  'one-cycle': { totalSteps: 20 },
};

describe.each(schedules.names())('schedule %s', (name) => {
  const make = (more: object = {}) =>
    createSchedule({ name, learningRate: 0.1, ...SCHEDULES[name], ...more } as ScheduleOptions);

  test('lies between 0 and its highest rate, at any time, in any order', () => {
    const schedule = make({ warmup: 4 });
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

  test('rises linearly during the warmup', () => {
    const schedule = make({ warmup: 4, warmupStart: 0.2 });
    const [start, , half, , peak] = [0, 1, 2, 3, 4].map((time) => schedule.at(time)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    expect(start / peak).toBeCloseTo(0.2, 10);
    expect(half / peak).toBeCloseTo(0.6, 10);
  });

  test('rejects bad settings, times and states', () => {
    expect(() => createSchedule({ name } as ScheduleOptions)).toThrow(`schedule "${name}"`);
    expect(() => make({ learningRate: -1 })).toThrow('expected a number >= 0, got -1');
    expect(() => make({ gama: 1 })).toThrow('no such setting');
    expect(() => make().at(-1)).toThrow('time of schedule');
    expect(() => make().loadState({ schedule: 'other', numbers: {} })).toThrow(`expected ${name}`);
  });
});

test('rejects a schedule without room for its phases', () => {
  const make = (options: object) => () =>
    createSchedule({ learningRate: 0.1, ...options } as ScheduleOptions);
  expect(make({ name: 'cosine', totalSteps: 5, warmup: 5 })).toThrow(
    'warmup: schedule "cosine": expected fewer steps than totalSteps, got 5',
  );
  expect(make({ name: 'one-cycle', totalSteps: 3 })).toThrow('expected enough steps for warmupFraction');
  expect(make({ name: 'one-cycle', totalSteps: 50, warmupFraction: 0.5, threePhase: true })).toThrow(
    'less than half for three phases',
  );
});

test('milestones can be a typed array', () => {
  const options = { name: 'multi-step', learningRate: 1, milestones: Int32Array.of(2, 5) } as const;
  expect([1, 2, 5].map(createSchedule(options).at)).toEqual([1, 0.1, 0.1 ** 2]);
});
