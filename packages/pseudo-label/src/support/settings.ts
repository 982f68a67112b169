import { didYouMean } from '@podium/core';
import { fail } from './errors.ts';

/** Reads settings that come from a file, one by one, and refuses what is left over. */
export interface SettingsReader {
  /** A number within [least, most], or `otherwise` where it is left out. */
  number<T extends number | undefined>(key: string, otherwise: T, least: number, most: number): number | T;
  /** The same, and an integer. */
  integer<T extends number | undefined>(key: string, otherwise: T, least: number, most: number): number | T;
  boolean(key: string, otherwise: boolean): boolean;
  /** One of `allowed`. */
  choice<T extends string>(key: string, otherwise: T, allowed: readonly T[]): T;
  /** By name a number within [least, most]; empty where it is left out. */
  numbersByName(key: string, least: number, most: number): ReadonlyMap<string, number>;
  /** To be called last: refuses every key that was not asked for. */
  end(): void;
}

/**
 * @param owner what the settings belong to, for messages: `method "curriculum"`
 * @throws PodiumError `pseudo-setting` naming the key, what is allowed and what was there
 */
export function readSettings(owner: string, settings: unknown): SettingsReader {
  if (settings !== undefined && !isObject(settings)) {
    refuse(owner, undefined, 'an object of settings', settings);
  }
  const given = settings ?? {};
  const known = new Set<string>();
  const take = (key: string): unknown => {
    known.add(key);
    return Object.hasOwn(given, key) ? given[key] : undefined;
  };
  const number = <T extends number | undefined>(key: string, otherwise: T, least: number, most: number) => {
    const value = take(key);
    if (value === undefined) return otherwise;
    return isWithin(value, least, most)
      ? value
      : refuse(owner, key, `a number from ${least} to ${most}`, value);
  };
  return {
    number,
    integer(key, otherwise, least, most) {
      const value = number(key, otherwise, least, most);
      return value === undefined || Number.isInteger(value)
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
    numbersByName(key, least, most) {
      const value = take(key);
      if (value === undefined) return new Map();
      const entries = isObject(value) ? Object.entries(value) : [];
      if (!isObject(value) || !entries.every(([, item]) => isWithin(item, least, most))) {
        return refuse(owner, key, `by name a number from ${least} to ${most}`, value);
      }
      return new Map(entries as [string, number][]);
    },
    end() {
      const extra = Object.keys(given).find((key) => !known.has(key));
      if (extra === undefined) return;
      const near = didYouMean(extra, known);
      fail({
        code: 'pseudo-setting',
        message: `${owner} has no such setting${near === undefined ? '' : ` (did you mean "${near}"?)`}`,
        path: { key: extra },
        expected: known.size === 0 ? 'no settings at all' : [...known],
        got: JSON.stringify(extra),
      });
    },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}

function refuse(
  owner: string,
  key: string | undefined,
  expected: string | readonly string[],
  got: unknown,
): never {
  return fail({
    code: 'pseudo-setting',
    message: `a setting of ${owner}`,
    ...(key !== undefined && { path: { key } }),
    expected,
    got: typeof got === 'number' ? String(got) : (JSON.stringify(got) ?? String(got)),
  });
}
