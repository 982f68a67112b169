import { PodiumError } from '@podium/core';
import { z } from 'zod';
import { sortClasses } from '../../manifest/sort-classes.ts';
import type { Head } from '../../manifest/types.ts';
import { differentTexts, pattern, text } from '../layout-settings.ts';

/** How a table writes the labels of one head. */
export type LabelPlan = { readonly name: string; readonly classes: readonly string[] | undefined } & (
  | { readonly kind: 'single'; readonly column: string; readonly pattern: RegExp | undefined }
  | { readonly kind: 'tokens'; readonly column: string; readonly separator: string }
  | { readonly kind: ColumnsKind; readonly columns: readonly string[] }
);

const KINDS = ['one-hot', 'multi-label', 'soft'] as const;

/** Labels in several numeric columns: exactly one 1 per row, any number of 1s, or probabilities that sum to 1. */
export type ColumnsKind = (typeof KINDS)[number];

/** One head's labels as settings: `{ column, separator?, pattern? }` or `{ columns, kind }`, with `name?` and `classes?`. */
const labelObject = z
  .object({
    name: text().optional(),
    column: text().optional(),
    columns: differentTexts().optional(),
    kind: z.enum(KINDS).optional(),
    separator: text().optional(),
    pattern: pattern().optional(),
    classes: differentTexts().optional(),
  })
  .transform((settings, context): LabelPlan => {
    const { column, columns, kind, separator, pattern, classes } = settings;
    const name = settings.name ?? column ?? 'label';
    const invalid = (key: string, message: string) => {
      context.addIssue({ code: 'custom', message, path: [key] });
      return z.NEVER;
    };
    if (columns !== undefined) {
      if (column !== undefined) return invalid('columns', 'either column or columns');
      if (separator !== undefined) return invalid('separator', 'separator only with column');
      if (pattern !== undefined) return invalid('pattern', 'pattern only with column');
      if (classes !== undefined && classes.length !== columns.length)
        return invalid('classes', `${columns.length} classes, one per column`);
      return kind === undefined ? invalid('kind', KINDS.join('|')) : { name, kind, columns, classes };
    }
    if (column === undefined) return invalid('column', 'either column or columns');
    if (kind !== undefined) return invalid('kind', 'kind only with columns');
    if (separator === undefined) return { name, kind: 'single', column, pattern, classes };
    if (pattern !== undefined) return invalid('pattern', 'either separator or pattern');
    return { name, kind: 'tokens', column, separator, classes };
  });

/** The setting `labels`: a column, an object, or a list of these. */
export const labelPlans: z.ZodType<LabelPlan[]> = z
  .union(
    [
      text().transform((column) => [singleLabel(column)]),
      labelObject.transform((plan) => [plan]),
      z
        .array(z.union([text().transform((column) => singleLabel(column)), labelObject]))
        .min(1, { error: 'at least one label column' }),
    ],
    { error: 'a column, an object with column or columns, or a list of these' },
  )
  .refine((plans) => new Set(plans.map(({ name }) => name)).size === plans.length, {
    error: 'heads with different names',
  });

/** A head whose labels are the cells of a column. */
export function singleLabel(column: string, classes?: readonly string[]): LabelPlan {
  return { name: column, kind: 'single', column, pattern: undefined, classes };
}

/** The columns that a plan reads. */
export function planColumns(plan: LabelPlan): readonly string[] {
  return 'columns' in plan ? plan.columns : [plan.column];
}

/**
 * The head of a plan.
 * @param found the classes in the table
 */
export function headOf(plan: LabelPlan, found: Iterable<string>): Head {
  const task = plan.kind === 'multi-label' || plan.kind === 'tokens' ? 'multi-label' : 'single-label';
  const classes = 'columns' in plan ? (plan.classes ?? plan.columns) : (plan.classes ?? sortClasses(found));
  if (classes.length === 0) {
    throw new PodiumError({
      code: 'layout-no-classes',
      message: `no row has a label for "${plan.name}"`,
      fix: 'set the label columns with the option labels',
    });
  }
  return { name: plan.name, task, classes };
}
