import { PodiumError } from '@podium/core';
import type { Head } from '../../manifest/types.ts';
import type { TableOptions } from '../../tables/read-table.ts';
import { ColumnStatistics } from './column-statistics.ts';
import { looksLikeGroup } from './csv-groups.ts';
import type { CompetitionFolder } from './folder.ts';
import { type ColumnsKind, headOf, type LabelPlan, planColumns, single } from './label-plan.ts';
import { classesOf } from './label-reader.ts';
import { listed } from './listed.ts';
import { columnsIfAny, columnsOf, readFolderTable } from './tables.ts';
import type { SubmissionFormat } from './types.ts';

const LABEL_NAMES =
  /^(labels?|class(es)?|categor(y|ies)|targets?|breed|species|diagnosis|ans(wer)?|tags?|attribute_ids|variety)(_?(id|name))?$/i;
const SUM_TOLERANCE = 1e-3;

interface LabelSettings {
  readonly train: string;
  readonly test: string | undefined;
  readonly labels: LabelPlan[] | undefined;
  readonly group: { readonly column: string } | undefined;
  readonly weight: string | undefined;
}

/**
 * How the table's labels are written, as set or by looking, with the heads' classes.
 * @throws PodiumError `layout-regression-column`, `layout-labels-unclear`, `layout-no-classes`.
 */
export async function planLabels(
  folder: CompetitionFolder,
  settings: LabelSettings,
  chosen: { readonly id: string; readonly path: string },
  sample: SubmissionFormat | undefined,
  options: TableOptions,
): Promise<{ plans: readonly LabelPlan[]; heads: readonly Head[] }> {
  const plans = settings.labels ?? (await guess(folder, settings, chosen, sample, options));
  const found = plans.map(() => new Set<string>());
  const fractions = plans.map(() => false);
  await readFolderTable(
    folder,
    settings.train,
    (columns) => {
      const indices = plans.map((plan) => planColumns(plan).map((name) => columns.index(name)));
      return ({ cells, line }) => {
        for (const [k, plan] of plans.entries()) {
          if ('columns' in plan) continue;
          const cell = cells[indices[k]![0]!]!;
          const where = { file: settings.train, line, column: plan.column };
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
      regression(settings.train, plan.column, found[k]!.size);
    }
  }
  return { plans, heads: plans.map((plan, k) => headOf(plan, found[k]!)) };
}

async function guess(
  folder: CompetitionFolder,
  settings: LabelSettings,
  chosen: { readonly id: string; readonly path: string },
  sample: SubmissionFormat | undefined,
  options: TableOptions,
): Promise<LabelPlan[]> {
  const { names } = await columnsOf(folder, settings.train);
  const taken = new Set(['', chosen.id, chosen.path, settings.group?.column, settings.weight]);
  const free = names.filter((name) => !taken.has(name));
  const asked = sample?.valueColumns.filter((name) => free.includes(name)) ?? [];
  const testColumns = new Set((await columnsIfAny(folder, settings.test))?.names);
  const own = free.filter((name) => !testColumns.has(name));
  const left = own.length > 0 ? own : free;
  // A person's number is a label only where nothing else could be.
  const plain = left.filter((name) => !looksLikeGroup(name));
  const candidates = asked.length > 0 ? asked : plain.length > 0 ? plain : left;
  const columns = await statistics(folder, settings.train, candidates, options);
  if (columns.length === 1) return [await planOne(columns[0]!, settings.train, sample)];
  const numbers = columns.filter((column) => column.numeric && column.within01 && column.values.size > 0);
  if (numbers.length === columns.length && columns.length > 1) {
    const kind = await hotKind(folder, settings.train, candidates, options);
    if (kind !== undefined) return [{ name: 'label', kind, columns: candidates, classes: undefined }];
  }
  if (asked.length > 1)
    return Promise.all(columns.map((column) => planOne(column, settings.train, undefined)));
  const usual = columns.filter(({ name }) => LABEL_NAMES.test(name));
  if (usual.length === 1) return [await planOne(usual[0]!, settings.train, sample)];
  throw new PodiumError({
    code: 'layout-labels-unclear',
    message: 'it is not clear which columns are labels',
    path: { file: settings.train },
    expected: 'one column beside the id, columns of 0 and 1, or the columns of the sample submission',
    got: candidates.length === 0 ? 'no other column' : listed(candidates),
    fix: 'name them in the settings: labels: "breed", or labels: ["root", "vowel"], or { columns, kind }',
  });
}

async function statistics(
  folder: CompetitionFolder,
  table: string,
  names: readonly string[],
  options: TableOptions,
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
  // A column a class in the submission fixes the classes and their order.
  const classes = sample?.valueColumns ?? [];
  const same = classes.length > 1 && [...column.values.keys()].every((value) => classes.includes(value));
  return single(name, same ? classes : undefined);
}

/** What several columns of numbers in [0, 1] are by their rows' sums; undefined where they are neither. */
async function hotKind(
  folder: CompetitionFolder,
  table: string,
  names: readonly string[],
  options: TableOptions,
): Promise<ColumnsKind | undefined> {
  let whole = true;
  let sumsToOne = true;
  await readFolderTable(
    folder,
    table,
    (columns) => {
      const indices = names.map((name) => columns.index(name));
      return ({ cells }) => {
        const values = indices.map((index) => Number(cells[index]));
        if (values.some((value) => !Number.isInteger(value))) whole = false;
        if (Math.abs(values.reduce((sum, value) => sum + value, 0) - 1) > SUM_TOLERANCE) sumsToOne = false;
      };
    },
    options,
  );
  if (whole) return sumsToOne ? 'one-hot' : 'multi-label';
  return sumsToOne ? 'soft' : undefined;
}

function regression(file: string, column: string, different: number): never {
  throw new PodiumError({
    code: 'layout-regression-column',
    message: 'this column measures something; Podium predicts classes',
    path: { file, column },
    expected: 'a class a row',
    got: `numbers, ${different} different ones`,
    fix: 'name another column (labels), or list its classes in the settings if the numbers are names of classes',
  });
}
