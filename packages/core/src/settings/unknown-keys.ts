import type { z } from 'zod';

/** The parts of zod's schema definitions that are used here, for all types. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly element?: z.ZodType;
  readonly items?: readonly z.ZodType[];
  readonly rest?: z.ZodType | null;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
  readonly getter?: () => z.ZodType;
}

type Key = string | number;

/** A key that the schema does not define, with the names that would be valid in its place. */
export interface UnknownKey {
  readonly path: readonly Key[];
  readonly known: readonly string[];
}

/**
 * Finds all keys of `value` that the schema does not define, at any depth. `z.object` counts as strict here: dropping a
 * key would hide a typo. `z.looseObject` and records allow any key.
 */
export function unknownKeys(schema: z.ZodType, value: unknown, path: readonly Key[] = []): UnknownKey[] {
  if (typeof value !== 'object' || value === null) return [];
  const def = definitionOf(schema);
  const descend = (inner: z.ZodType | null | undefined, item: unknown, key: Key) =>
    inner == null ? [] : unknownKeys(inner, item, [...path, key]);
  switch (def.type) {
    case 'object': {
      const shape = def.shape ?? {};
      const open = def.catchall !== undefined && definitionOf(def.catchall).type !== 'never';
      const names = Object.keys(shape);
      return Object.entries(value).flatMap(([key, item]) => {
        if (Object.hasOwn(shape, key)) return descend(shape[key], item, key);
        return open ? [] : [{ path: [...path, key], known: names }];
      });
    }
    case 'array':
      return Array.isArray(value) ? value.flatMap((item, i) => descend(def.element, item, i)) : [];
    case 'tuple':
      return Array.isArray(value)
        ? value.flatMap((item, i) => descend(def.items?.[i] ?? def.rest, item, i))
        : [];
    case 'record':
      return Object.entries(value).flatMap(([key, item]) => descend(def.valueType, item, key));
    case 'union': {
      // The first branch that accepts the value is the intended one.
      const intended = def.options?.find((option) => option.safeParse(value).success);
      return intended === undefined ? [] : unknownKeys(intended, value, path);
    }
    case 'intersection': {
      // A key has to be defined on one side only.
      const [left, right] = [def.left, def.right].map((side) =>
        side === undefined ? [] : unknownKeys(side, value, path),
      );
      return (left ?? []).flatMap(({ path: at, known }) => {
        const other = right?.find((key) => key.path.join('\0') === at.join('\0'));
        return other === undefined ? [] : [{ path: at, known: [...known, ...other.known] }];
      });
    }
    default: {
      const inner = unwrapped(def);
      return inner === undefined ? [] : unknownKeys(inner, value, path);
    }
  }
}

/** The keys that the schema allows at `path`, in any branch of its unions. */
export function keysAt(schema: z.ZodType, path: readonly Key[]): string[] {
  const def = definitionOf(schema);
  const [key, ...rest] = path;
  switch (def.type) {
    case 'object': {
      const shape = def.shape ?? {};
      if (key === undefined) return Object.keys(shape);
      const inner = Object.hasOwn(shape, key) ? shape[key] : undefined;
      return inner === undefined ? [] : keysAt(inner, rest);
    }
    case 'union':
      return [...new Set((def.options ?? []).flatMap((option) => keysAt(option, path)))];
    case 'intersection':
      return [def.left, def.right].flatMap((side) => (side === undefined ? [] : keysAt(side, path)));
    case 'array':
    case 'tuple':
    case 'record': {
      if (key === undefined) return [];
      const inner = def.element ?? def.valueType ?? def.items?.[Number(key)] ?? def.rest;
      return inner == null ? [] : keysAt(inner, rest);
    }
    default: {
      const inner = unwrapped(def);
      return inner === undefined ? [] : keysAt(inner, path);
    }
  }
}

/** The inner schema of an optional, default, readonly...; the input of a transform. */
function unwrapped(def: Definition): z.ZodType | undefined {
  return def.innerType ?? def.in ?? def.getter?.();
}

function definitionOf(schema: z.ZodType): Definition {
  return (schema as unknown as { readonly _zod: { readonly def: Definition } })._zod.def;
}
