import { PodiumError } from '@podium/core';

type Json = Readonly<Record<string, unknown>>;

export function asObject(file: string, key: string, value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw wrongKey(file, key, 'an object', value);
}

function wrongKey(
  file: string,
  key: string,
  expected: string | readonly string[],
  got: unknown,
): PodiumError {
  return new PodiumError({
    code: 'weights-config',
    path: key === '' ? { file } : { file, key },
    expected,
    got: (JSON.stringify(got) ?? 'nothing').slice(0, 80),
    fix: 'use a config.json as timm publishes it, or remove it and set the input yourself',
  });
}

/** Reads and checks the keys of a JSON object. A missing or null key gives undefined. */
export class ObjectReader {
  readonly #file: string;
  readonly #prefix: string;
  readonly #object: Json;

  constructor(file: string, prefix: string, object: Json) {
    this.#file = file;
    this.#prefix = prefix;
    this.#object = object;
  }

  wrong(key: string, expected: string | readonly string[]): PodiumError {
    return wrongKey(this.#file, this.#prefix + key, expected, this.#object[key]);
  }

  missing(key: string, expected: string): never {
    throw this.wrong(key, expected);
  }

  /** The value of a key; throws unless it `fits`. */
  #read<T>(key: string, expected: string, fits: (value: unknown) => value is T): T | undefined {
    const value = Object.hasOwn(this.#object, key) ? this.#object[key] : undefined;
    if (value === undefined || value === null) return undefined;
    if (!fits(value)) throw this.wrong(key, expected);
    return value;
  }

  text(key: string): string | undefined {
    return this.#read(key, 'a text', (value): value is string => typeof value === 'string' && value !== '');
  }

  flag(key: string): boolean | undefined {
    return this.#read(key, 'true or false', (value): value is boolean => typeof value === 'boolean');
  }

  object(key: string): Json | undefined {
    return this.#read(
      key,
      'an object',
      (value): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value),
    );
  }

  count(key: string, minimum: number): number | undefined {
    return this.#read(key, `a whole number of ${minimum} or more`, (value): value is number =>
      isCount(value, minimum),
    );
  }

  /** A share: above 0, at most 1. */
  part(key: string): number | undefined {
    return this.#read(
      key,
      'a number above 0, at most 1',
      (value): value is number => typeof value === 'number' && value > 0 && value <= 1,
    );
  }

  numbers(key: string, minimum: number): readonly number[] | undefined {
    return this.#read(
      key,
      minimum > 0 ? 'a list of positive numbers' : 'a list of numbers',
      (value): value is readonly number[] =>
        Array.isArray(value) &&
        value.length > 0 &&
        value.every((item) => typeof item === 'number' && Number.isFinite(item) && item >= minimum),
    );
  }

  size(key: string, length: 3): readonly [number, number, number] | undefined;
  size(key: string, length: 2): readonly [number, number] | undefined;
  size(key: string, length: number): readonly number[] | undefined {
    return this.#read(
      key,
      length === 3 ? '[channels, height, width]' : '[height, width]',
      (value): value is readonly number[] =>
        Array.isArray(value) && value.length === length && value.every((item) => isCount(item, 1)),
    );
  }

  /** A text or a list of texts. */
  texts(key: string): readonly string[] | undefined {
    const value = this.#read(
      key,
      'a text or a list of texts',
      (item): item is string | readonly string[] =>
        typeof item === 'string' || (Array.isArray(item) && item.every((text) => typeof text === 'string')),
    );
    return typeof value === 'string' ? [value] : value;
  }

  choice<T>(key: string, choices: Readonly<Record<string, T>>): T | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    if (!Object.hasOwn(choices, text)) throw this.wrong(key, Object.keys(choices));
    return choices[text];
  }
}

function isCount(value: unknown, minimum: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= 1e9;
}
