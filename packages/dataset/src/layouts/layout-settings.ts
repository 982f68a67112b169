import { PodiumError } from '@podium/core';
import { z } from 'zod';
import { TABLE_ENCODINGS, type TableEncoding } from '../tables/encoding.ts';
import { OPTIONS } from './notes.ts';

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

/** The settings of how tables are read, which every layout with a table has. */
export interface TableSettings {
  readonly encoding?: TableEncoding | undefined;
  readonly delimiter?: string | undefined;
  readonly header?: ReadonlyMap<string, true | readonly string[]> | undefined;
}

const headers: z.ZodType<ReadonlyMap<string, true | readonly string[]>> = z
  .record(z.string(), z.union([z.literal(true), differentTexts()], { error: 'true, or names of columns' }))
  .transform((byTable) => new Map(Object.entries(byTable)));

export const tableSettings: {
  readonly [Key in keyof Required<TableSettings>]: z.ZodType<TableSettings[Key]>;
} = {
  encoding: z
    .enum(TABLE_ENCODINGS)
    .optional()
    .describe('encoding of tables whose bytes do not show it; default: utf-8'),
  delimiter: text().optional().describe('delimiter of the tables; default: the one that fits every row'),
  header: headers
    .optional()
    .describe(
      'names of the columns of tables that begin with data, by file: { "train.csv": [id, label] }; true: the first line has the names; default: the first line',
    ),
};

/** The settings that name the sample submission and its column of ids. */
export interface SampleSettings {
  readonly sampleSubmission?: string | false | undefined;
  readonly sampleId?: string | undefined;
}

export const sampleSettings: {
  readonly [Key in keyof Required<SampleSettings>]: z.ZodType<SampleSettings[Key]>;
} = {
  sampleSubmission: pathOrFalse()
    .optional()
    .describe('sample submission, false for none; default: sample_submission.csv, if any'),
  sampleId: text()
    .optional()
    .describe(
      "the sample submission's column of ids; default: the one named like the ids, or that names images",
    ),
};

/** Digits that numbers in names of images are padded to; false to take them as they are. */
export type PadSetting = number | false | undefined;

export const padSetting: z.ZodType<PadSetting> = z
  .union([z.literal(false), z.int().min(1)], { error: 'a number of digits, or false' })
  .optional()
  .describe(
    'digits that numbers in names of images are padded to; default: as the images, if zeros were lost',
  );

/** A column that marks some rows of a table as test rows. */
export interface SplitColumn {
  readonly column: string;
  /** Its cells in test rows. */
  readonly test: readonly string[];
}

export const splitSetting: z.ZodType<SplitColumn | false | undefined> = z
  .union([z.literal(false), z.object({ column: text(), test: differentTexts() })], {
    error: '{ column, test }, or false for none',
  })
  .optional()
  .describe(
    'column that marks test rows and its cells there: { column: usage, test: [Test] }; default: recognized',
  );

/** Throws for a setting that is invalid for the folder. @param option `images.train` */
export function invalidSetting(option: string, expected: string | readonly string[], got: unknown): never {
  throw new PodiumError({
    code: 'layout-settings',
    path: { key: `${OPTIONS}.${option}` },
    expected,
    got: JSON.stringify(got) ?? String(got),
  });
}
