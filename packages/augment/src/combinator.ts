import type { z } from 'zod';
import type { Step } from './lazy-image.ts';
import { lazySchema, type Shape, type ValuesOf } from './settings/read-settings.ts';
import type { StepSettings } from './transform.ts';

/** A step made of steps. A spec lists them directly, or under `steps` next to the settings. */
export interface CombinatorEntry {
  readonly name: string;
  readonly summary: string;
  /** The schema of its settings, with defaults; `steps` is not among them. */
  readonly settings: z.ZodObject;
  /** What is wrong with settings that are valid one by one, given the number of steps. */
  readonly check: (values: StepSettings, steps: number) => SettingProblem | undefined;
  readonly combine: (steps: readonly Step[], values: StepSettings) => Step;
}

export interface SettingProblem {
  readonly setting: string;
  readonly expected: string;
}

/** Defines a combinator. `settings` returns its settings as a zod shape. */
export function defineCombinator<S extends Shape>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly settings: () => S;
  readonly check?: (values: ValuesOf<S>, steps: number) => SettingProblem | undefined;
  readonly combine: (steps: readonly Step[], values: ValuesOf<S>) => Step;
}): CombinatorEntry {
  const { name, summary, settings, check, combine } = definition;
  const schema = lazySchema(settings);
  return Object.freeze({
    name,
    summary,
    get settings() {
      return schema();
    },
    check: (values: StepSettings, steps: number) => check?.(values as ValuesOf<S>, steps),
    combine: (steps: readonly Step[], values: StepSettings) => combine(steps, values as ValuesOf<S>),
  });
}
