import { didYouMean, PodiumError } from '@podium/core';

/** One setting of a method: what it is where nobody says, and what it may be. */
export interface Setting<T> {
  readonly initial: T;
  /** What is accepted, in words. */
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

/** A setting for each property. */
export type SettingsSpec<S> = { readonly [K in keyof S]-?: Setting<S[K]> };

interface Range {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
}

/** A finite number within a range. */
export function number(initial: number, { from, above, to }: Range): Setting<number> {
  const bounds = [
    from === undefined ? '' : `at least ${from}`,
    above === undefined ? '' : `above ${above}`,
    to === undefined ? '' : `at most ${to}`,
  ].filter((bound) => bound !== '');
  return {
    initial,
    expected: `a number ${bounds.join(' and ')}`,
    accepts: (value) =>
      typeof value === 'number' &&
      Number.isFinite(value) &&
      (from === undefined || value >= from) &&
      (above === undefined || value > above) &&
      (to === undefined || value <= to),
  };
}

export function oneOf<T extends string>(initial: T, names: readonly T[]): Setting<T> {
  return { initial, expected: names.join('|'), accepts: (value) => names.includes(value as T) };
}

export function flag(initial: boolean): Setting<boolean> {
  return { initial, expected: 'true or false', accepts: (value) => typeof value === 'boolean' };
}

/** What a spec's settings are where nobody says. */
export function initialValues<S>(spec: SettingsSpec<S>): S {
  const names = Object.keys(spec) as (keyof S)[];
  return Object.fromEntries(names.map((name) => [name, spec[name].initial])) as S;
}

/**
 * The settings of `spec` with what was given instead of the initial values.
 *
 * @param owner whose settings they are, for messages: `fixmatch`
 * @throws PodiumError `online-setting` for a name that does not exist or a value out of range
 */
export function readSettings<S>(
  owner: string,
  spec: SettingsSpec<S>,
  given: Readonly<Record<string, unknown>>,
): S {
  const names = Object.keys(spec);
  const result = { ...initialValues(spec) } as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) {
    if (!names.includes(name)) {
      const nearest = didYouMean(name, names);
      throw new PodiumError({
        code: 'online-setting',
        path: { key: `${owner}.${name}` },
        message: `there is no such setting${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}`,
        expected: names,
      });
    }
    const { expected, accepts } = spec[name as keyof S];
    if (value === undefined) continue;
    if (!accepts(value)) {
      throw new PodiumError({
        code: 'online-setting',
        path: { key: `${owner}.${name}` },
        expected,
        got: JSON.stringify(value) ?? String(value),
      });
    }
    result[name] = value;
  }
  return result as S;
}
