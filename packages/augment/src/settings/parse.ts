import { PodiumError } from '@podium/core';
import type { Field } from './fields.ts';

export type Schema = Readonly<Record<string, Field<unknown>>>;

export type ValuesOf<S extends Schema> = { readonly [Key in keyof S]: S[Key]['default'] };

/** The setting as a message shows it: short JSON. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Checks settings against a schema and fills in defaults.
 * @param at where the settings stand, for messages: `augment[2].rotate`.
 * @throws PodiumError `augment-setting`, naming the setting, what was expected, and what was there.
 */
export function parseSettings<S extends Schema>(schema: S, settings: unknown, at: string): ValuesOf<S> {
  if (settings !== undefined && !isRecord(settings)) {
    throw new PodiumError({
      code: 'augment-setting',
      path: { key: at },
      expected: 'an object of settings, such as {}',
      got: show(settings),
    });
  }
  const given = settings ?? {};
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(schema, name)) continue;
    throw new PodiumError({
      code: 'augment-setting',
      path: { key: `${at}.${name}` },
      message: 'unknown setting',
      expected: Object.keys(schema),
      got: JSON.stringify(name),
    });
  }
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    const read = value === undefined ? field.default : field.read(value);
    if (read === undefined) {
      throw new PodiumError({
        code: 'augment-setting',
        path: { key: `${at}.${name}` },
        expected: field.expected,
        got: show(value),
      });
    }
    values[name] = read;
  }
  return values as ValuesOf<S>;
}
