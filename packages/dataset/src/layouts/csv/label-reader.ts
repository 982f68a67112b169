import { PodiumError, type ProblemPath } from '@podium/core';
import type { Head, Label } from '../../manifest/types.ts';
import type { TableColumns } from '../../tables/columns.ts';
import { OPTIONS } from '../notes.ts';
import { settingText } from '../unclear-setting.ts';
import { flagOf, numberOf } from './cell-number.ts';
import type { ClassNames } from './class-names.ts';
import {
  type ColumnsPlan,
  type LabelPlan,
  type NumbersPlan,
  planSetting,
  type SeveralPlan,
  type SinglePlan,
} from './label-plan.ts';
import { listOf } from './list-cell.ts';
import { partsOf } from './separators.ts';

/** A row's label for one head. */
export type RowLabel =
  | { readonly label: Label }
  | { readonly soft: readonly number[] }
  /** A clause after `because`. */
  | { readonly none: string };

const EMPTY_CELL: RowLabel = { none: 'their label cell is empty' };

/**
 * Returns a function that reads one head's label from the cells of a row. The function throws `layout-label`, naming row
 * and column, for a class that is not in the settings, a cell that is not a number (from 0 to 1, or within the bounds of the
 * settings), several 1s in a one-hot row, and probabilities that do not sum to 1.
 */
export function labelReader(
  plan: LabelPlan,
  head: Head,
  names: ClassNames,
  columns: TableColumns,
  table: string,
): (cells: readonly string[], line: number) => RowLabel {
  if (!('columns' in plan)) {
    const index = columns.index(plan.column);
    const known = new Set(head.classes);
    return (cells, line) => {
      const where = { file: table, line, column: plan.column };
      const cell = cells[index]!;
      const found = textsOf(plan, cell, where).map((text) => names.of(text));
      for (const value of found) if (!known.has(value)) unknownClass(head, value, where);
      if (plan.kind === 'single') return found.length === 0 ? EMPTY_CELL : { label: found[0]! };
      if (cell.trim() === '' && plan.empty === 'unlabeled') return EMPTY_CELL;
      return { label: [...new Set(found)] };
    };
  }
  const indices = plan.columns.map((name) => columns.index(name));
  if (plan.kind === 'number') return numbersReader(plan, indices, table);
  return (cells, line) => {
    const texts = indices.map((index) => cells[index]!.trim());
    if (texts.every((text) => text === '' && plan.values?.has('') !== true)) return EMPTY_CELL;
    const numbers = texts.map((text, k) =>
      shareOf(plan, text, { file: table, line, column: plan.columns[k]! }),
    );
    return columnsLabel(plan, numbers, texts, head, { file: table, line });
  };
}

function numbersReader(
  { name, columns, min, max }: NumbersPlan,
  indices: readonly number[],
  file: string,
): (cells: readonly string[], line: number) => RowLabel {
  const least = min ?? Number.NEGATIVE_INFINITY;
  const most = max ?? Number.POSITIVE_INFINITY;
  return (cells, line) => {
    const texts = indices.map((index) => cells[index]!.trim());
    if (texts.every((text) => text === '')) return EMPTY_CELL;
    const numbers = texts.map((text, k) => {
      const value = numberOf(text);
      if (value !== undefined && Number.isFinite(value) && value >= least && value <= most) return value;
      const isOutside = value !== undefined && Number.isFinite(value);
      throw new PodiumError({
        code: 'layout-label',
        path: { file, line, column: columns[k]! },
        expected: isOutside ? `a number from ${min ?? '-∞'} to ${max ?? '∞'}` : 'a finite number',
        got: text === '' ? `an empty cell beside other numbers of "${name}"` : JSON.stringify(text),
        fix: isOutside
          ? `correct the cell, or the bounds in ${OPTIONS}.labels`
          : 'correct the cell, or empty the cells of the row to leave it out',
      });
    });
    return { label: numbers };
  };
}

/** The classes in a cell of one column, as the table writes them; none if it is empty. */
export function textsOf(plan: SinglePlan | SeveralPlan, cell: string, where: ProblemPath): string[] {
  const text = cell.trim();
  if (plan.kind === 'separated') return [...new Set(partsOf(text, plan.separator!))];
  if (text === '') return [];
  if (plan.kind !== 'single') return [...new Set(listOf(text) ?? [text])];
  return [plan.pattern === undefined ? text : matched(plan.pattern, text, where)];
}

/**
 * The first capture group of a pattern's match, or the whole match if the pattern has no group.
 * @throws PodiumError `layout-pattern`
 */
export function matched(pattern: RegExp, text: string, where: ProblemPath): string {
  const match = pattern.exec(text);
  const value = (match?.[1] ?? match?.[0] ?? '').trim();
  if (value !== '') return value;
  throw new PodiumError({
    code: 'layout-pattern',
    message: 'the pattern in the settings does not match this cell',
    path: where,
    expected: `text that matches /${pattern.source}/`,
    got: JSON.stringify(text),
    fix: 'correct the pattern or the cell',
  });
}

/** How far a sum of rounded probabilities may be from 1. */
export function sumTolerance(texts: readonly string[]): number {
  const decimals = Math.max(...texts.map((text) => /[.,](\d*)$/.exec(text)?.[1]?.length ?? 0));
  return Math.max(1e-3, Math.min(0.05, texts.length * 0.5 * 10 ** -Math.max(decimals, 1)));
}

function columnsLabel(
  plan: ColumnsPlan,
  values: readonly number[],
  texts: readonly string[],
  head: Head,
  where: ProblemPath,
): RowLabel {
  if (plan.kind === 'soft') {
    const sum = values.reduce((total, value) => total + value, 0);
    if (Math.abs(sum - 1) > sumTolerance(texts)) {
      wrong(where, `probabilities that sum to 1 (columns of "${head.name}")`, `a sum of ${sum}`);
    }
    // Undoes rounding in the table.
    return { soft: values.map((value) => value / sum) };
  }
  const fraction = values.findIndex((value) => value !== 0 && value !== 1);
  if (fraction !== -1) {
    wrong({ ...where, column: plan.columns[fraction]! }, '0 or 1', texts[fraction]!);
  }
  const chosen = head.classes.filter((_, k) => values[k] === 1);
  if (plan.kind === 'multi-label') return { label: chosen };
  if (chosen.length === 0) return { none: 'no class has a 1' };
  if (chosen.length === 1) return { label: chosen[0]! };
  throw new PodiumError({
    code: 'layout-label',
    path: where,
    expected: `exactly one 1 in the columns of "${head.name}"`,
    got: chosen.join(' and '),
    fix: `correct the row; if an image may have several classes, set ${OPTIONS}.labels: ${settingText(planSetting({ ...plan, kind: 'multi-label' }))}`,
  });
}

function shareOf(plan: ColumnsPlan, text: string, path: ProblemPath): number {
  const given = plan.values?.get(text);
  if (given !== undefined) return given;
  const value = text === '' ? undefined : flagOf(text);
  if (value !== undefined && value >= 0 && value <= 1) return value;
  const values = new Map([...(plan.values ?? []), [text, 0]]);
  const cured = planSetting({ ...plan, values });
  throw new PodiumError({
    code: 'layout-label',
    path,
    expected: 'a number from 0 to 1',
    got: text === '' ? 'an empty cell' : JSON.stringify(text),
    fix: `correct the cell, or say what such cells mean (0 or 1): set ${OPTIONS}.labels: ${settingText(cured)}`,
  });
}

function unknownClass(head: Head, got: string, where: ProblemPath): never {
  throw new PodiumError({
    code: 'layout-label',
    path: where,
    expected: head.classes,
    got: JSON.stringify(got),
    fix: `correct the cell, or add the class to the classes of "${head.name}" in ${OPTIONS}.labels`,
  });
}

function wrong(where: ProblemPath, expected: string, got: string): never {
  throw new PodiumError({
    code: 'layout-label',
    path: where,
    expected,
    got,
    fix: `correct the row, or describe the labels with ${OPTIONS}.labels`,
  });
}
