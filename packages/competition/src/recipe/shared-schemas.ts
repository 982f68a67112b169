import { z } from 'zod';

type Json = z.core.util.JSONType;

/** Any JSON. Unlike `z.json()`, it keeps a key `__proto__`: settings are keyed by names of columns and classes. */
export const jsonValue: z.ZodType<Json> = z.any().refine(isJson, { error: 'JSON' });

function isJson(value: unknown): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value === 'object' && Object.values(value).every(isJson);
}

/** Your own code: a module beside the settings file, and what it exports. */
export const userCode = z.strictObject({
  module: z.string().min(1).describe('path of a .ts or .js file, relative to the settings'),
  export: z.string().min(1).describe('name of the export'),
  argument: z.json().optional().describe('passed to the exported function'),
});
export type UserCode = z.output<typeof userCode>;

/** Augmentation: a preset, a list of transforms, or your own code. */
export const augmentation = z.union([
  z.enum(['none', 'light', 'medium', 'heavy']),
  z.array(z.json()),
  userCode,
]);
export type Augmentation = z.output<typeof augmentation>;

/** Something by its name in a registry, or by its name with options of its own. */
export function named(what: string) {
  return z.union([z.string().min(1), z.looseObject({ name: z.string().min(1) })], {
    error: `the name of ${what}, or { name: NAME, and its options }`,
  });
}
export type Named = string | ({ readonly name: string } & Readonly<Record<string, unknown>>);

/** The name and the options of either form. */
export function nameAndOptions(given: Named): { name: string; options: Record<string, unknown> } {
  if (typeof given === 'string') return { name: given, options: {} };
  const { name, ...options } = given;
  return { name, options };
}
