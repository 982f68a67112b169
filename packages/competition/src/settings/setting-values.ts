import { z } from 'zod';
import { catalog } from '../catalog/catalog.ts';
import { settingsSchema } from './schema.ts';

/** The values that a setting can have, where it is one of a few: names of a catalog, of an enumeration, or booleans. */
export function settingValues(path: string): string[] {
  const kinds = [...catalog].filter(({ keys }) => keys.includes(path));
  if (kinds.length > 0) return kinds.flatMap(({ entries }) => entries().map(({ name }) => name));
  let schema: z.ZodType | undefined = settingsSchema;
  for (const key of path.split('.')) {
    schema = unwrapped(schema);
    if (!(schema instanceof z.ZodObject)) return [];
    schema = (schema.shape as Readonly<Record<string, z.ZodType>>)[key];
    if (schema === undefined) return [];
  }
  return valuesOf(schema);
}

/** JSON Schema of the settings file, with descriptions and defaults. */
export function settingsJsonSchema(): object {
  return z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' });
}

function valuesOf(schema: z.ZodType): string[] {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodEnum) return inner.options.map(String);
  if (inner instanceof z.ZodBoolean) return ['true', 'false'];
  return inner instanceof z.ZodUnion ? (inner.options as z.ZodType[]).flatMap(valuesOf) : [];
}

/** The schema inside `optional()`, `default()` and the like. */
function unwrapped(schema: z.ZodType): z.ZodType {
  const inner = (schema.def as { innerType?: z.ZodType }).innerType;
  return inner === undefined ? schema : unwrapped(inner);
}
