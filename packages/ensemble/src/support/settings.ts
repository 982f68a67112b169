import { didYouMean } from '@podium/core';
import { fail } from './errors.ts';

/** Reads settings that come from a file, one by one, and refuses what is left over. */
export interface SettingsReader {
  /** A number within [least, most], or `otherwise` where it is left out. */
  number<T extends number | undefined>(key: string, otherwise: T, least: number, most: number): number | T;
  /** The same, and an integer. */
  integer(key: string, otherwise: number, least: number, most: number): number;
  boolean(key: string, otherwise: boolean): boolean;
  /** One of `allowed`. */
  choice<T extends string>(key: string, otherwise: T, allowed: readonly T[]): T;
  /** A list of finite numbers. */
  numbers(key: string): readonly number[] | undefined;
  /** Whatever is there, for the caller to check. */
  other(key: string): unknown;
  /** To be called last: refuses every key that was not asked for. */
  end(): void;
}

/**
 * @param owner what the settings belong to, for messages: `rule "power-mean"`
 * @throws PodiumError `ensemble-setting` naming the key, what is allowed and what was there
 */
export function readSettings(owner: string, settings: unknown): SettingsReader {
  if (
    settings !== undefined &&
    (typeof settings !== 'object' || settings === null || Array.isArray(settings))
  ) {
    refuse(owner, undefined, 'an object of settings', settings);
  }
  const given = (settings ?? {}) as Readonly<Record<string, unknown>>;
  const known = new Set<string>();
  const take = (key: string): unknown => {
    known.add(key);
    return Object.hasOwn(given, key) ? given[key] : undefined;
  };
  const number = <T extends number | undefined>(key: string, otherwise: T, least: number, most: number) => {
    const value = take(key);
    if (value === undefined) return otherwise;
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      return refuse(owner, key, `a number from ${least} to ${most}`, value);
    }
    return value;
  };
  return {
    number,
    integer(key, otherwise, least, most) {
      const value = number(key, otherwise, least, most);
      return Number.isInteger(value)
        ? value
        : refuse(owner, key, `an integer from ${least} to ${most}`, value);
    },
    boolean(key, otherwise) {
      const value = take(key) ?? otherwise;
      return typeof value === 'boolean' ? value : refuse(owner, key, 'true or false', value);
    },
    choice(key, otherwise, allowed) {
      const value = take(key) ?? otherwise;
      return allowed.find((name) => name === value) ?? refuse(owner, key, allowed, value);
    },
    numbers(key) {
      const value = take(key);
      if (value === undefined) return undefined;
      if (!Array.isArray(value) || !value.every((item) => Number.isFinite(item))) {
        return refuse(owner, key, 'a list of finite numbers', value);
      }
      return value as number[];
    },
    other: take,
    end() {
      const extra = Object.keys(given).find((key) => !known.has(key));
      if (extra === undefined) return;
      const near = didYouMean(extra, known);
      fail({
        code: 'ensemble-setting',
        message: `${owner} has no such setting${near === undefined ? '' : ` (did you mean "${near}"?)`}`,
        path: { key: extra },
        expected: known.size === 0 ? 'no settings at all' : [...known],
        got: JSON.stringify(extra),
      });
    },
  };
}

function refuse(
  owner: string,
  key: string | undefined,
  expected: string | readonly string[],
  got: unknown,
): never {
  return fail({
    code: 'ensemble-setting',
    message: `a setting of ${owner}`,
    ...(key !== undefined && { path: { key } }),
    expected,
    got: typeof got === 'number' ? String(got) : (JSON.stringify(got) ?? String(got)),
  });
}
