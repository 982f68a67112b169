import { PodiumError } from '@podium/core';
import { z } from 'zod';
import { sortClasses } from '../../manifest/sort-classes.ts';
import type { Head } from '../../manifest/types.ts';
import { differentTexts, pattern, text } from '../layout-settings.ts';
import { OPTIONS } from '../notes.ts';

/** Labels in several columns: exactly one 1 per row, any number of 1s, or probabilities that sum to 1. */
export type ColumnsKind = (typeof COLUMN_KINDS)[number];

const COLUMN_KINDS = ['one-hot', 'multi-label', 'soft'] as const;
const KINDS = [...COLUMN_KINDS, 'list', 'number'] as const;
const EMPTY = ['none', 'unlabeled'] as const;

/** One class per cell. */
export interface SinglePlan {
  readonly name: string;
  readonly kind: 'single';
  readonly column: string;
  readonly pattern?: RegExp | undefined;
  readonly classes?: readonly string[] | undefined;
}

/** Several classes per cell, between separators or as a list. */
export interface SeveralPlan {
  readonly name: string;
  readonly kind: 'separated' | 'list';
  readonly column: string;
  /** Of `separated`. */
  readonly separator?: string | undefined;
  readonly classes?: readonly string[] | undefined;
  /** What an empty cell means: that the image has none of the classes, or that its label is missing. */
  readonly empty?: (typeof EMPTY)[number] | undefined;
}

/** One column per class. */
export interface ColumnsPlan {
  readonly name: string;
  readonly kind: ColumnsKind;
  readonly columns: readonly string[];
  readonly classes?: readonly string[] | undefined;
  /** What cells mean that are not numbers from 0 to 1, by their text. */
  readonly values?: ReadonlyMap<string, number> | undefined;
}

/** One number per cell, in one column or several. */
export interface NumbersPlan {
  readonly name: string;
  readonly kind: 'number';
  readonly columns: readonly string[];
  readonly classes?: undefined;
  /** No cell is smaller, and no prediction. */
  readonly min?: number | undefined;
  /** No cell is larger, and no prediction. */
  readonly max?: number | undefined;
  /** What each column weighs. */
  readonly weights?: readonly number[] | undefined;
}

/** How a table writes the labels of one head. */
export type LabelPlan = SinglePlan | SeveralPlan | ColumnsPlan | NumbersPlan;

const values: z.ZodType<ReadonlyMap<string, number>> = z
  .record(z.string(), z.number().min(0).max(1))
  .transform((byText) => new Map(Object.entries(byText)));

/** One head's labels as settings: `{ column, separator?, pattern? }` or `{ columns, kind }`, with `name?` and `classes?`. */
const labelObject = z
  .object({
    name: text().optional(),
    column: text().optional(),
    columns: differentTexts().optional(),
    kind: z.enum(KINDS).optional(),
    separator: z.string().min(1).optional(),
    pattern: pattern().optional(),
    classes: differentTexts().optional(),
    empty: z.enum(EMPTY).optional(),
    values: values.optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    weights: z.array(z.number().min(0)).min(1).optional(),
  })
  .transform((settings, context): LabelPlan => {
    const { column, columns, kind, separator, pattern, classes, empty, values, min, max, weights } = settings;
    const name = settings.name ?? (column === undefined ? 'label' : headName(column));
    const invalid = (key: string, message: string) => {
      context.addIssue({ code: 'custom', message, path: [key] });
      return z.NEVER;
    };
    if (kind === 'number') {
      if ((column === undefined) === (columns === undefined))
        return invalid('column', 'either column or columns');
      const other = Object.entries({ separator, pattern, classes, empty, values }).find(
        ([, value]) => value !== undefined,
      );
      if (other !== undefined) return invalid(other[0], `${other[0]} not with kind: number`);
      const own = columns ?? [column!];
      if (min !== undefined && max !== undefined && min >= max)
        return invalid('max', `a number above ${min}`);
      if (weights !== undefined && weights.length !== own.length)
        return invalid('weights', `${own.length} numbers, one per column`);
      if (weights?.every((weight) => weight === 0)) return invalid('weights', 'a weight above 0');
      return {
        name: settings.name ?? (column === undefined ? 'target' : headName(column)),
        kind,
        columns: own,
        min,
        max,
        weights,
      };
    }
    const numeric = Object.entries({ min, max, weights }).find(([, value]) => value !== undefined);
    if (numeric !== undefined) return invalid(numeric[0], `${numeric[0]} only with kind: number`);
    if (columns !== undefined) {
      if (column !== undefined) return invalid('columns', 'either column or columns');
      if (separator !== undefined) return invalid('separator', 'separator only with column');
      if (pattern !== undefined) return invalid('pattern', 'pattern only with column');
      if (empty !== undefined) return invalid('empty', 'empty only with column');
      if (classes !== undefined && classes.length !== columns.length)
        return invalid('classes', `${columns.length} classes, one per column`);
      if (kind === undefined || kind === 'list') return invalid('kind', COLUMN_KINDS.join('|'));
      return { name, kind, columns, classes, values };
    }
    if (column === undefined) return invalid('column', 'either column or columns');
    if (values !== undefined) return invalid('values', 'values only with columns');
    if (kind !== undefined && kind !== 'list') return invalid('kind', 'list, or columns instead of column');
    const several = separator !== undefined || kind === 'list';
    if (empty !== undefined && !several) return invalid('empty', 'empty only with separator or kind: list');
    if (!several) return { name, kind: 'single', column, pattern, classes };
    if (pattern !== undefined) return invalid('pattern', 'either separator or pattern');
    if (kind === undefined) return { name, kind: 'separated', column, separator, classes, empty };
    if (separator !== undefined) return invalid('separator', 'either separator or kind: list');
    return { name, kind, column, classes, empty };
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
export function singleLabel(column: string, classes?: readonly string[]): SinglePlan {
  return { name: headName(column), kind: 'single', column, classes };
}

/** A head whose labels are the numbers in these columns. */
export function numbersLabel(columns: readonly string[]): NumbersPlan {
  return { name: columns.length === 1 ? headName(columns[0]!) : 'target', kind: 'number', columns };
}

/** The name of the head that a column fills: its own, unless objects cannot have such a key. */
export function headName(column: string): string {
  return column === '__proto__' ? 'label' : column;
}

/** The columns that a plan reads. */
export function planColumns(plan: LabelPlan): readonly string[] {
  return 'columns' in plan ? plan.columns : [plan.column];
}

/** A plan as users write it: JSON. */
export function planSetting(plan: LabelPlan): unknown {
  const { name, kind } = plan;
  if (kind === 'number') {
    const { columns, min, max, weights } = plan;
    return {
      ...(name !== numbersLabel(columns).name && { name }),
      ...(columns.length === 1 ? { column: columns[0] } : { columns }),
      kind,
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
      ...(weights !== undefined && { weights }),
    };
  }
  if ('columns' in plan) {
    const { columns, values } = plan;
    return {
      ...(name !== 'label' && { name }),
      columns,
      kind,
      ...classesOf(plan),
      ...(values && { values: Object.fromEntries(values) }),
    };
  }
  const own = { ...(name !== plan.column && { name }), column: plan.column, ...classesOf(plan) };
  if (plan.kind === 'single') return Object.keys(own).length === 1 ? plan.column : own;
  const { empty } = plan;
  const more = { ...own, ...(empty && { empty }) };
  return plan.kind === 'list' ? { ...more, kind } : { ...more, separator: plan.separator };
}

function classesOf({ classes }: LabelPlan): { classes?: readonly string[] } {
  return classes === undefined ? {} : { classes };
}

/**
 * The head of a plan.
 * @param found the classes in the table
 * @throws PodiumError `layout-no-classes`, `layout-head-name`
 */
export function headOf(plan: LabelPlan, found: Iterable<string>): Head {
  const { name } = plan;
  const task = plan.kind === 'single' || plan.kind === 'one-hot' || plan.kind === 'soft';
  const classes = 'columns' in plan ? (plan.classes ?? plan.columns) : (plan.classes ?? sortClasses(found));
  if (name === '__proto__') {
    throw new PodiumError({
      code: 'layout-head-name',
      message: 'no head can have this name',
      expected: 'another name',
      got: JSON.stringify(name),
      fix: `choose another name in ${OPTIONS}.labels`,
    });
  }
  if (classes.length === 0) {
    throw new PodiumError({
      code: 'layout-no-classes',
      message: `no row with an image has a label for "${name}"`,
      fix: `set the columns of labels with ${OPTIONS}.labels`,
    });
  }
  if (plan.kind === 'number') {
    const { min, max, weights } = plan;
    return { name, task: 'regression', classes, min, max, weights };
  }
  return { name, task: task ? 'single-label' : 'multi-label', classes };
}
