import { PodiumError } from '@podium/core';

/** Reads a settings object key by key; every fault names the key. `done()` refuses what nobody asked for. */
export class Settings {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #asked: string[] = [];

  /** @param path what messages put before a key: `csv`. */
  constructor(values: unknown, path: string) {
    this.#path = path;
    if (values === undefined || values === null) this.#values = {};
    else if (isPlain(values)) this.#values = values;
    else settingsFail(path, 'an object of settings', values);
  }

  /** The key as messages name it. */
  key(name: string): string {
    return `${this.#path}.${name}`;
  }

  raw(name: string): unknown {
    this.#asked.push(name);
    return this.#values[name];
  }

  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || (typeof value === 'string' && value !== '')) return value;
    return settingsFail(this.key(name), 'a text that is not empty', value);
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.raw(name);
    if (value === undefined || allowed.includes(value as T)) return value as T | undefined;
    return settingsFail(this.key(name), allowed, value);
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const good = Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
    if (!good) settingsFail(this.key(name), 'a list of texts, at least one', value);
    const twice = value.find((item, i) => value.indexOf(item) !== i);
    if (twice !== undefined)
      settingsFail(this.key(name), 'every text once', `${JSON.stringify(twice)} twice`);
    return value as string[];
  }

  /** A whole number of at least `least`. */
  integer(name: string, least: number): number | undefined {
    const value = this.raw(name);
    if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= least)) {
      return value as number | undefined;
    }
    return settingsFail(this.key(name), `a whole number, ${least} or more`, value);
  }

  pattern(name: string): RegExp | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    try {
      return new RegExp(value, 'u');
    } catch (error) {
      return settingsFail(this.key(name), 'a regular expression', `${value} (${(error as Error).message})`);
    }
  }

  /** @throws PodiumError `layout-settings` for a key that was never asked for, suggesting the nearest. */
  done(): void {
    const unknown = Object.keys(this.#values).find((key) => !this.#asked.includes(key));
    if (unknown !== undefined) {
      throw new PodiumError({
        code: 'layout-settings',
        message: 'there is no such setting',
        path: { key: this.key(unknown) },
        expected: [...new Set(this.#asked)].sort(),
        got: JSON.stringify(unknown),
      });
    }
  }
}

export function settingsFail(key: string, expected: string | readonly string[], got: unknown): never {
  throw new PodiumError({
    code: 'layout-settings',
    path: { key },
    expected,
    got: typeof got === 'string' ? JSON.stringify(got) : (JSON.stringify(got) ?? String(got)),
  });
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
