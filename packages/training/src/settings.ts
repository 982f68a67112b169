import { didYouMean, PodiumError } from '@podium/core';

/** One setting of an optimizer, a schedule or a loss: what it is where nobody says, and what it may be. */
export interface Setting<T> {
  readonly initial: T;
  /** What is accepted, in words. */
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

/** A setting for each property. */
export type SettingsSpec<S> = { readonly [K in keyof S]-?: Setting<S[K]> };

/** A setting without a default: whoever uses it has to give it. */
export function required<T>(setting: Setting<T>): Setting<T> {
  return { ...setting, initial: undefined as T };
}

export interface NumberRange {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly below?: number;
  readonly whole?: boolean;
}

/** A finite number within a range. */
export function number(initial: number, range: NumberRange = {}): Setting<number> {
  return { initial, expected: describe(range), accepts: (value) => isWithin(value, range) };
}

export function flag(initial: boolean): Setting<boolean> {
  return { initial, expected: 'true or false', accepts: (value) => typeof value === 'boolean' };
}

export function oneOf<T extends string>(initial: T, names: readonly T[]): Setting<T> {
  return { initial, expected: names.join('|'), accepts: (value) => names.includes(value as T) };
}

/** A list of numbers within a range. */
export function numbers<T extends readonly number[]>(
  initial: T,
  range: NumberRange = {},
  length?: number,
): Setting<T> {
  return {
    initial,
    expected: `a list of ${length ?? 'one or more'} numbers, each ${describe(range).replace(/^an? /, 'a ')}`,
    accepts: (value) =>
      (Array.isArray(value) || ArrayBuffer.isView(value)) &&
      (length === undefined ? (value as ArrayLike<number>).length > 0 : (value as []).length === length) &&
      Array.from(value as ArrayLike<number>).every((item) => isWithin(item, range)),
  };
}

/** The same, or nothing. */
export function optional<T>(setting: Setting<T>): Setting<T | undefined> {
  const { expected, accepts } = setting;
  return { initial: undefined, expected, accepts: (value) => value === undefined || accepts(value) };
}

/**
 * The settings of `spec` with what was given instead of the initial values.
 *
 * @param what whose settings they are, for messages: `optimizer adamw`
 * @throws PodiumError `training-setting` for a name that does not exist or a value out of range
 */
export function readSettings<S>(
  what: string,
  spec: SettingsSpec<S>,
  given: Readonly<Record<string, unknown>>,
): S {
  const names = Object.keys(spec);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const nearest = didYouMean(name, names);
    throw new PodiumError({
      code: 'training-setting',
      path: { key: name },
      message: `${what} has no such setting${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}`,
      expected: names,
    });
  }
  const result: Record<string, unknown> = {};
  for (const name of names) {
    const { initial, expected, accepts } = spec[name as keyof S];
    const value = given[name] === undefined ? initial : given[name];
    if (!accepts(value)) {
      throw new PodiumError({
        code: 'training-setting',
        path: { key: name },
        message: what,
        expected,
        got: JSON.stringify(value) ?? String(value),
      });
    }
    result[name] = value;
  }
  return result as S;
}

function isWithin(value: unknown, { from, above, to, below, whole }: NumberRange): boolean {
  return (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (from === undefined || value >= from) &&
    (above === undefined || value > above) &&
    (to === undefined || value <= to) &&
    (below === undefined || value < below) &&
    (whole !== true || Number.isInteger(value))
  );
}

function describe({ from, above, to, below, whole }: NumberRange): string {
  const bounds = [
    from === undefined ? '' : `at least ${from}`,
    above === undefined ? '' : `above ${above}`,
    to === undefined ? '' : `at most ${to}`,
    below === undefined ? '' : `below ${below}`,
  ].filter((bound) => bound !== '');
  return [`a ${whole === true ? 'whole ' : ''}number`, bounds.join(' and ')].join(' ').trim();
}
