import { parseSettings } from '@podium/core/settings';
import { z } from 'zod';

/** Schemas of settings by name, in the order in which settings are written down. */
export type Shape = Readonly<Record<string, z.ZodType>>;

/** Settings of this shape once they are checked. */
export type ValuesOf<S extends Shape> = { readonly [Key in keyof S]: z.output<S[Key]> };

/** The schema of settings of this shape, built on first use: schemas are slow to build, and most are never needed. */
export function lazySchema<S extends Shape>(shape: () => S): () => z.ZodObject<S> {
  let schema: z.ZodObject<S> | undefined;
  return () => {
    schema ??= z.object(shape(), { error: 'an object of settings, such as {}' });
    return schema;
  };
}

/**
 * Checks settings and fills in defaults. The result is plain JSON, and reading it again returns the same.
 * @param at where the settings are, for messages: `augment[2].rotate`
 * @throws PodiumError `augment-setting` naming the setting, what was expected, and what was there
 */
export function readSettings<S extends Shape>(
  schema: z.ZodObject<S>,
  settings: unknown,
  at: string,
): ValuesOf<S> {
  const place = { prefix: at, code: 'augment-setting' };
  return parseSettings(schema, settings === undefined ? {} : settings, place) as ValuesOf<S>;
}
