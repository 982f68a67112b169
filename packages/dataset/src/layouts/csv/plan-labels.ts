import { PodiumError } from '@podium/core';
import { columnsIfAny, columnsOf, readFolderTable, type TableReading } from '../../folder/folder-tables.ts';
import { listNames } from '../../folder/list-names.ts';
import type { CompetitionFolder } from '../../folder/open-folder.ts';
import type { Head } from '../../manifest/types.ts';
import type { SubmissionFormat } from '../layout.ts';
import { ColumnStatistics } from './column-statistics.ts';
import type { CsvSettings, CsvSources } from './csv-settings.ts';
import { type ColumnsKind, headOf, type LabelPlan, planColumns, singleLabel } from './label-plan.ts';
import { classesOf } from './label-reader.ts';
import { looksLikeGroup } from './possible-groups.ts';

const LABEL_NAMES =
  /^(labels?|class(es)?|categor(y|ies)|targets?|breed|species|diagnosis|ans(wer)?|tags?|attribute_ids|variety)(_?(id|name))?$/i;
const SUM_TOLERANCE = 1e-3;

/**
 * How the table writes labels, as set or recognized, and the heads with their classes.
 * @throws PodiumError `layout-regression-column`, `layout-labels-unclear`, `layout-no-classes`
 */
export async function planLabels(
  folder: CompetitionFolder,
  sources: CsvSources,
  settings: CsvSettings,
  chosen: { readonly id: string; readonly path: string },
  sample: SubmissionFormat | undefined,
  options: TableReading,
): Promise<{ plans: readonly LabelPlan[]; heads: readonly Head[] }> {
  const plans =
    settings.labels ?? (await recognizeLabels(folder, sources, settings, chosen, sample, options));
  const found = plans.map(() => new Set<string>());
  const fractions = plans.map(() => false);
  await readFolderTable(
    folder,
    sources.train,
    (columns) => {
      const indices = plans.map((plan) => planColumns(plan).map((name) => columns.index(name)));
      return ({ cells, line }) => {
        for (const [k, plan] of plans.entries()) {
          if ('columns' in plan) continue;
          const cell = cells[indices[k]![0]!]!;
          const where = { file: sources.train, line, column: plan.column };
          for (const value of classesOf(plan, cell, where)) {
            found[k]!.add(value);
            if (/^-?\d*\.\d*[1-9]\d*(e-?\d+)?$/i.test(value)) fractions[k] = true;
          }
        }
      };
    },
    options,
  );
  for (const [k, plan] of plans.entries()) {
    if (plan.kind === 'single' && plan.classes === undefined && fractions[k]) {
      regression(sources.train, plan.column, found[k]!.size);
    }
  }
  return { plans, heads: plans.map((plan, k) => headOf(plan, found[k]!)) };
}

async function recognizeLabels(
  folder: CompetitionFolder,
  { train, test }: CsvSources,
  settings: CsvSettings,
  chosen: { readonly id: string; readonly path: string },
  sample: SubmissionFormat | undefined,
  options: TableReading,
): Promise<LabelPlan[]> {
  const { names } = await columnsOf(folder, train);
  const taken = new Set(['', chosen.id, chosen.path, settings.group?.column, settings.weight]);
  const free = names.filter((name) => !taken.has(name));
  const asked = sample?.valueColumns.filter((name) => free.includes(name)) ?? [];
  const testColumns = new Set((await columnsIfAny(folder, test))?.names);
  const trainOnly = free.filter((name) => !testColumns.has(name));
  const remaining = trainOnly.length > 0 ? trainOnly : free;
  // A person's id is a label only if there is no other column.
  const ungrouped = remaining.filter((name) => !looksLikeGroup(name));
  const candidates = asked.length > 0 ? asked : ungrouped.length > 0 ? ungrouped : remaining;
  const columns = await statistics(folder, train, candidates, options);
  if (columns.length === 1) return [await planOne(columns[0]!, train, sample)];
  const numbers = columns.filter((column) => column.numeric && column.within01 && column.values.size > 0);
  if (numbers.length === columns.length && columns.length > 1) {
    const kind = await kindOfColumns(folder, train, candidates, options);
    if (kind !== undefined) return [{ name: 'label', kind, columns: candidates, classes: undefined }];
  }
  if (asked.length > 1) return Promise.all(columns.map((column) => planOne(column, train, undefined)));
  const usual = columns.filter(({ name }) => LABEL_NAMES.test(name));
  if (usual.length === 1) return [await planOne(usual[0]!, train, sample)];
  throw new PodiumError({
    code: 'layout-labels-unclear',
    message: 'it is unclear which columns are labels',
    path: { file: train },
    expected: 'a single column besides the id, columns of 0 and 1, or the columns of the sample submission',
    got: candidates.length === 0 ? 'no other column' : listNames(candidates),
    fix: 'set the option labels: "breed", or ["root", "vowel"], or { columns, kind }',
  });
}

async function statistics(
  folder: CompetitionFolder,
  table: string,
  names: readonly string[],
  options: TableReading,
): Promise<ColumnStatistics[]> {
  const result = names.map((name) => new ColumnStatistics(name));
  await readFolderTable(
    folder,
    table,
    (columns) => {
      const indices = names.map((name) => columns.index(name));
      return ({ cells }) => {
        for (const [k, index] of indices.entries()) result[k]!.add(cells[index]!);
      };
    },
    options,
  );
  return result;
}

async function planOne(
  column: ColumnStatistics,
  table: string,
  sample: SubmissionFormat | undefined,
): Promise<LabelPlan> {
  const { name } = column;
  if (column.regressionLike) regression(table, name, column.values.size);
  if (column.tokenLike) return { name, kind: 'tokens', column: name, separator: ' ', classes: undefined };
  // If the submission has one column per class, it determines the classes and their order.
  const classes = sample?.valueColumns ?? [];
  const same = classes.length > 1 && [...column.values.keys()].every((value) => classes.includes(value));
  return singleLabel(name, same ? classes : undefined);
}

/** The kind of several columns of numbers in [0, 1], by the sums of their rows; undefined if there is none. */
async function kindOfColumns(
  folder: CompetitionFolder,
  table: string,
  names: readonly string[],
  options: TableReading,
): Promise<ColumnsKind | undefined> {
  let areWhole = true;
  let sumsToOne = true;
  await readFolderTable(
    folder,
    table,
    (columns) => {
      const indices = names.map((name) => columns.index(name));
      return ({ cells }) => {
        const values = indices.map((index) => Number(cells[index]));
        if (values.some((value) => !Number.isInteger(value))) areWhole = false;
        if (Math.abs(values.reduce((sum, value) => sum + value, 0) - 1) > SUM_TOLERANCE) sumsToOne = false;
      };
    },
    options,
  );
  if (areWhole) return sumsToOne ? 'one-hot' : 'multi-label';
  return sumsToOne ? 'soft' : undefined;
}

function regression(file: string, column: string, different: number): never {
  throw new PodiumError({
    code: 'layout-regression-column',
    message: 'this column is numeric; Podium predicts classes',
    path: { file, column },
    expected: 'one class per row',
    got: `${different} different numbers`,
    fix: 'set another column with the option labels, or list its classes there if the numbers are class names',
  });
}
