import { PodiumError, type ProblemPath } from '@podium/core';
import type { Head } from '../../manifest/types.ts';
import type { TableColumns } from '../../tables/columns.ts';
import type { LabelPlan } from './label-plan.ts';

/** Allowed rounding of probabilities in tables. */
const SUM_TOLERANCE = 1e-3;

/** A row's label for one head; neither if the cells are empty. */
export interface RowLabel {
  readonly label?: string | readonly string[];
  readonly soft?: readonly number[];
}

/**
 * Returns a function that reads one head's label from the cells of a row. The function throws `layout-label`, naming row
 * and column, for a class that is not in the settings, a cell that is not a number in [0, 1], a one-hot row without exactly
 * one 1, and probabilities that do not sum to 1.
 */
export function labelReader(
  plan: LabelPlan,
  head: Head,
  columns: TableColumns,
  table: string,
): (cells: readonly string[], line: number) => RowLabel {
  if (!('columns' in plan)) {
    const index = columns.index(plan.column);
    const known = new Set(head.classes);
    return (cells, line) => {
      const where = { file: table, line, column: plan.column };
      const values = classesOf(plan, cells[index]!, where);
      for (const value of values) if (!known.has(value)) unknownClass(head, value, where);
      if (plan.kind === 'tokens') return { label: values };
      return values.length === 0 ? {} : { label: values[0]! };
    };
  }
  const indices = plan.columns.map((name) => columns.index(name));
  return (cells, line) => {
    const texts = indices.map((index) => cells[index]!.trim());
    if (texts.every((text) => text === '')) return {};
    const values = texts.map((text, k) => numberIn01(text, { file: table, line, column: plan.columns[k]! }));
    return columnsLabel(plan.kind, values, head, { file: table, line });
  };
}

/** The classes in a cell of a `single` or `tokens` plan; none if it is empty. */
export function classesOf(
  plan: Exclude<LabelPlan, { columns: readonly string[] }>,
  cell: string,
  where: ProblemPath,
): string[] {
  const text = cell.trim();
  if (plan.kind === 'tokens') {
    return [...new Set(text.split(plan.separator).map((token) => token.trim()))].filter(
      (token) => token !== '',
    );
  }
  if (text === '' || plan.pattern === undefined) return text === '' ? [] : [text];
  return [matched(plan.pattern, text, where)];
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

function columnsLabel(
  kind: 'one-hot' | 'multi-label' | 'soft',
  values: readonly number[],
  head: Head,
  where: ProblemPath,
): RowLabel {
  if (kind === 'soft') {
    const sum = values.reduce((total, value) => total + value, 0);
    if (Math.abs(sum - 1) > SUM_TOLERANCE) {
      wrong(where, `probabilities that sum to 1 (columns of "${head.name}")`, `a sum of ${sum}`);
    }
    // Undoes rounding in the table.
    return { soft: values.map((value) => value / sum) };
  }
  const fraction = values.findIndex((value) => value !== 0 && value !== 1);
  if (fraction !== -1) {
    wrong({ ...where, column: head.classes[fraction]! }, '0 or 1', String(values[fraction]));
  }
  const chosen = head.classes.filter((_, k) => values[k] === 1);
  if (kind === 'multi-label') return { label: chosen };
  if (chosen.length !== 1) {
    wrong(
      where,
      `exactly one 1 in the columns of "${head.name}"`,
      chosen.length === 0 ? 'none' : chosen.join(' and '),
    );
  }
  return { label: chosen[0]! };
}

function numberIn01(text: string, where: ProblemPath): number {
  const value = text === '' ? Number.NaN : Number(text);
  if (value >= 0 && value <= 1) return value;
  return wrong(where, 'a number from 0 to 1', JSON.stringify(text));
}

function unknownClass(head: Head, got: string, where: ProblemPath): never {
  throw new PodiumError({
    code: 'layout-label',
    path: where,
    expected: head.classes,
    got: JSON.stringify(got),
    fix: `correct the cell, or add the class to the classes of "${head.name}" in the option labels`,
  });
}

function wrong(where: ProblemPath, expected: string, got: string): never {
  throw new PodiumError({
    code: 'layout-label',
    path: where,
    expected,
    got,
    fix: 'correct the row, or describe the labels with the option labels',
  });
}
