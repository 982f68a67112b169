import { z } from 'zod';

const ESCAPED = '\0__proto__';

/**
 * A record keyed by names from the competition's files. `z.record` drops the key `__proto__`, and a column or class may
 * be called that. Read the result with `Object.hasOwn` or `Object.entries`.
 */
export function byName<Output, Input>(
  value: z.ZodType<Output, Input>,
): z.ZodType<Readonly<Record<string, Output>>, Readonly<Record<string, Input>>> {
  return z
    .preprocess((input) => renameKey(input, '__proto__', ESCAPED), z.record(z.string(), value))
    .transform((output) => renameKey(output, ESCAPED, '__proto__')) as z.ZodType<
    Record<string, Output>,
    Record<string, Input>
  >;
}

function renameKey<Value>(value: Value, from: string, to: string): Value {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, from)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key === from ? to : key, item]),
  ) as Value;
}
