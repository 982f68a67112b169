import { PodiumError } from '@podium/core';
import type { Head } from '../../manifest/types.ts';
import { byCodeUnits } from './folder.ts';
import { Settings, settingsFail } from './settings.ts';

/** How a head's labels are written in a table. */
export type LabelPlan = { readonly name: string; readonly classes: readonly string[] | undefined } & (
  | { readonly kind: 'single'; readonly column: string; readonly pattern: RegExp | undefined }
  | { readonly kind: 'tokens'; readonly column: string; readonly separator: string }
  | { readonly kind: ColumnsKind; readonly columns: readonly string[] }
);

/** Several columns of numbers: exactly one 1 a row; any number of 1s; probabilities that sum to 1. */
export type ColumnsKind = 'one-hot' | 'multi-label' | 'soft';

const KINDS: readonly ColumnsKind[] = ['one-hot', 'multi-label', 'soft'];

/**
 * Reads the `labels` setting: a column's name, or a list of names and of
 * `{ name?, column, separator?, pattern?, classes? }` or `{ name?, columns, kind, classes? }`.
 * @throws PodiumError `layout-settings`.
 */
export function labelPlans(value: unknown, key: string): LabelPlan[] | undefined {
  if (value === undefined) return undefined;
  const items = Array.isArray(value) ? value : [value];
  if (items.length === 0) settingsFail(key, 'at least one column', value);
  const plans = items.map((item, index) => planOf(item, `${key}[${index}]`));
  const names = plans.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    settingsFail(key, 'heads of different names', `two named ${JSON.stringify(twice)}`);
  return plans;
}

function planOf(item: unknown, key: string): LabelPlan {
  if (typeof item === 'string' && item !== '') return single(item);
  const settings = new Settings(typeof item === 'object' ? item : fail(key, item), key);
  const column = settings.text('column');
  const columns = settings.texts('columns');
  const kind = settings.oneOf('kind', KINDS);
  const separator = settings.text('separator');
  const pattern = settings.pattern('pattern');
  const classes = settings.texts('classes');
  const name = settings.text('name') ?? column ?? 'label';
  settings.done();
  if ((column === undefined) === (columns === undefined)) settingsFail(key, 'either column or columns', item);
  if (columns !== undefined) {
    if (separator !== undefined || pattern !== undefined)
      settingsFail(key, 'separator and pattern only beside column', item);
    if (classes !== undefined && classes.length !== columns.length)
      settingsFail(`${key}.classes`, `${columns.length} classes, one a column`, classes);
    return { name, kind: kind ?? settingsFail(`${key}.kind`, KINDS, kind), columns, classes };
  }
  if (kind !== undefined) settingsFail(`${key}.kind`, 'columns, not column, beside kind', kind);
  if (separator !== undefined && pattern !== undefined)
    settingsFail(key, 'either separator or pattern, not both', item);
  if (separator !== undefined) return { name, kind: 'tokens', column: column!, separator, classes };
  return { name, kind: 'single', column: column!, pattern, classes };
}

function fail(key: string, item: unknown): never {
  return settingsFail(key, "a column's name, or an object with column or columns", item);
}

export function single(column: string, classes?: readonly string[]): LabelPlan {
  return { name: column, kind: 'single', column, pattern: undefined, classes };
}

/** The columns that a plan reads. */
export function planColumns(plan: LabelPlan): readonly string[] {
  return 'columns' in plan ? plan.columns : [plan.column];
}

/** The head of a plan, once the table's classes are known. */
export function headOf(plan: LabelPlan, found: Iterable<string>): Head {
  const task = plan.kind === 'multi-label' || plan.kind === 'tokens' ? 'multi-label' : 'single-label';
  const classes = 'columns' in plan ? (plan.classes ?? plan.columns) : (plan.classes ?? sortClasses(found));
  if (classes.length === 0) {
    throw new PodiumError({
      code: 'layout-no-classes',
      message: `no row has a label for "${plan.name}"`,
      fix: 'name the label columns in the settings (labels)',
    });
  }
  return { name: plan.name, task, classes };
}

/** Whole numbers by value, everything else by code units: `9` before `10`, the same in every locale. */
export function sortClasses(found: Iterable<string>): string[] {
  const classes = [...found];
  const whole = classes.every((name) => /^-?\d{1,15}$/.test(name));
  return classes.sort(whole ? (a, b) => Number(a) - Number(b) || byCodeUnits(a, b) : byCodeUnits);
}
