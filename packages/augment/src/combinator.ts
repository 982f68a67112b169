import type { Step } from './lazy-image.ts';
import type { Field } from './settings/fields.ts';
import type { Schema, ValuesOf } from './settings/parse.ts';

/** A step made of steps, as data. In a spec its steps stand as a list, or under `steps` beside its settings. */
export interface CombinatorEntry {
  readonly name: string;
  readonly summary: string;
  readonly settings: Schema;
  /** What is wrong with settings that are right one by one: a setting's name and what was expected of it. */
  readonly complaint: (values: Readonly<Record<string, unknown>>, steps: number) => Complaint | undefined;
  readonly combine: (steps: readonly Step[], values: Readonly<Record<string, unknown>>) => Step;
}

export interface Complaint {
  readonly setting: string;
  readonly expected: string;
}

export function defineCombinator<S extends Schema>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly settings: S;
  readonly complaint?: (values: ValuesOf<S>, steps: number) => Complaint | undefined;
  readonly combine: (steps: readonly Step[], values: ValuesOf<S>) => Step;
}): CombinatorEntry {
  const { name, summary, settings, complaint, combine } = definition;
  return Object.freeze({
    name,
    summary,
    settings,
    complaint: (values: Readonly<Record<string, unknown>>, steps: number) =>
      complaint?.(values as ValuesOf<S>, steps),
    combine: (steps: readonly Step[], values: Readonly<Record<string, unknown>>) =>
      combine(steps, values as ValuesOf<S>),
  });
}

/** Weights, one a step; none for all alike. */
export const weightsField: Field<readonly number[]> = {
  default: [],
  expected: 'a list of numbers >= 0, one for each step and not all 0, or [] for all alike',
  read: (value) => {
    const list = Array.isArray(value) ? (value as unknown[]) : undefined;
    const good = list?.every(
      (weight) => typeof weight === 'number' && Number.isFinite(weight) && weight >= 0,
    );
    return good ? (list as number[]) : undefined;
  },
};
