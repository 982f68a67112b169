import { PodiumError } from '@podium/core';
import { z } from 'zod';

/** A name of a column, head or folder. */
export function text(): z.ZodString {
  return z.string().min(1, { error: 'a non-empty text' });
}

/** A file or folder, or `false` for none. */
export function pathOrFalse(): z.ZodUnion<[z.ZodLiteral<false>, z.ZodString]> {
  return z.union([z.literal(false), text()], { error: 'a path in the folder, or false for none' });
}

/** One or more different names. */
export function differentTexts(): z.ZodArray<z.ZodString> {
  return z
    .array(z.string())
    .min(1)
    .refine((names) => new Set(names).size === names.length, { error: 'different names' });
}

/** A regular expression with the flag `u`. */
export function pattern(): z.ZodType<RegExp> {
  return text().transform((source, context) => {
    try {
      return new RegExp(source, 'u');
    } catch (error) {
      const reason = (error as Error).message.split(': ').at(-1);
      context.addIssue({ code: 'custom', message: `a regular expression (${reason})` });
      return z.NEVER;
    }
  });
}

/** Throws for a setting that is invalid for the folder. @param key `csv.images` */
export function invalidSetting(key: string, expected: string | readonly string[], got: unknown): never {
  throw new PodiumError({
    code: 'layout-settings',
    path: { key },
    expected,
    got: JSON.stringify(got) ?? String(got),
  });
}
