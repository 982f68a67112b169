import { PodiumError, type PredictionTask } from '@podium/core';
import { columnsIfAny, columnsOf, optionNames, type TableReading } from '../../folder/folder-tables.ts';
import { listNames } from '../../folder/list-names.ts';
import type { CompetitionFolder } from '../../folder/open-folder.ts';
import type { Head } from '../../manifest/types.ts';
import { noHeader } from '../../tables/columns.ts';
import { looksLikeGroup } from '../group-names.ts';
import { LABEL_NAMES } from '../label-names.ts';
import { type Notes, OPTIONS } from '../notes.ts';
import { ID_NAMES } from '../sample.ts';
import { settingText, UnclearSetting } from '../unclear-setting.ts';
import { numberOf } from './cell-number.ts';
import { ClassNames } from './class-names.ts';
import { ColumnFacts } from './column-facts.ts';
import { kindOfColumns } from './columns-kind.ts';
import type { CsvSettings } from './csv-settings.ts';
import { judgeCells } from './judge-cells.ts';
import {
  headOf,
  type LabelPlan,
  numbersLabel,
  planColumns,
  planSetting,
  type SeveralPlan,
  singleLabel,
} from './label-plan.ts';
import { textsOf } from './label-reader.ts';
import type { LabeledRows } from './labeled-rows.ts';
import type { SampleCells } from './sample-cells.ts';
import { judgeSeparator } from './separators.ts';

/** Columns that say how rows are to be used, not what their images show. */
const FLAG_NAMES =
  /^(is_?(valid(ation)?|train(ing)?|test)|valid|fold|kfold|split|set|subset|usage|partition|phase)$/i;

/** What labels are recognized from, besides the rows. */
export interface LabelContext {
  /** The table with the labels, for messages. */
  readonly table: string;
  /** The column that names the images. */
  readonly path: string;
  readonly sample: SampleCells | undefined;
  /** What the metric can score, if known. */
  readonly tasks: readonly PredictionTask[] | undefined;
  readonly notes: Notes;
}

/** How the labels of all heads are read. */
export interface PlannedHeads {
  readonly plans: readonly LabelPlan[];
  readonly heads: readonly Head[];
  /** By head: the class that a text means. */
  readonly names: readonly ClassNames[];
}

/**
 * How the table writes labels, as set or recognized, and the heads with their classes, from rows that have an image.
 * @param taken columns that are something else
 * @throws PodiumError `layout-regression-column`, `layout-labels-unclear`, `layout-no-classes`, `layout-label`
 */
export async function planLabels(
  folder: CompetitionFolder,
  rows: LabeledRows,
  settings: CsvSettings,
  {
    taken,
    test,
    reading,
  }: { taken: ReadonlySet<string | undefined>; test: string | undefined; reading: TableReading },
  context: LabelContext,
): Promise<PlannedHeads> {
  const read =
    settings.labels?.map((plan) => numbersIfScored(plan, context)) ??
    (await recognizeLabels(folder, rows, { taken, test, reading }, context));
  const { found, empty, count } = await countTexts(rows, read);
  const { notes, table, sample } = context;
  const plans = read.map((plan, k) => {
    if ((plan.kind !== 'separated' && plan.kind !== 'list') || plan.empty !== undefined) return plan;
    return empty[k] === 0 ? plan : meaningOfEmpty(plan, found[k]!, { empty: empty[k]!, count }, context);
  });
  const names = plans.map((plan, k) => {
    const texts = found[k]!;
    if (plan.kind === 'single' && plan.classes === undefined) assertWhole(plan.column, texts, context);
    const result = new ClassNames(texts, plan.classes, sampleTexts(plan, sample));
    result.describe(table, notes);
    return result;
  });
  const heads = plans.map((plan, k) => headOf(plan, names[k]!.all()));
  // A first line of data: the column is called like one of its classes, and none is called like ids.
  const hasIds = [...taken].some((name) => name !== undefined && ID_NAMES.test(name));
  for (const [k, plan] of plans.entries()) {
    const isClass = plan.kind === 'single' && heads[k]!.classes.includes(plan.column);
    if (!isClass || hasIds || settings.labels !== undefined || reading.headers?.has(table)) continue;
    const columns = await columnsOf(folder, table, reading);
    noHeader(columns.names, { file: table, line: 1, option: optionNames(table).header });
  }
  return { plans, heads, names };
}

/** Whether the metric scores numbers, or may: it is not known. */
function scoresNumbers({ tasks }: Pick<LabelContext, 'tasks'>): boolean {
  return tasks?.includes('regression') !== false;
}

function scoresOnlyNumbers({ tasks }: Pick<LabelContext, 'tasks'>): boolean {
  return tasks?.every((task) => task === 'regression') === true;
}

/** A column that settings name, as numbers if the metric scores nothing else. */
function numbersIfScored(plan: LabelPlan, context: LabelContext): LabelPlan {
  const isPlain = plan.kind === 'single' && plan.pattern === undefined && plan.classes === undefined;
  if (!isPlain || !scoresOnlyNumbers(context)) return plan;
  context.notes.decide(
    'labels',
    settingText(planSetting(numbersLabel([plan.column]))),
    'the metric scores numbers',
  );
  return { ...numbersLabel([plan.column]), name: plan.name };
}

/** Classes that say that there is nothing to see; beside them, an empty cell says nothing. */
const NOTHING = /^(none|no[ _-]?findings?|nothing|negative|normal|healthy|background|clear)$/i;

/** Up to this share, empty cells are taken for labels that are missing. */
const FEW_EMPTY = 0.05;

/**
 * A plan that says what empty cells mean: that a label is missing, if they are few or a class says that there is nothing.
 * @throws UnclearSetting `layout-labels-unclear` if they may as well mean none of the classes
 */
function meaningOfEmpty(
  plan: SeveralPlan,
  found: ReadonlyMap<string, number>,
  { empty, count }: { readonly empty: number; readonly count: number },
  { notes, table }: LabelContext,
): LabelPlan {
  const { column } = plan;
  const unlabeled: LabelPlan = { ...plan, empty: 'unlabeled' };
  const nothing = [...found.keys()].find((text) => NOTHING.test(text));
  const cells = `${empty} of ${count} cells of "${column}" are empty`;
  if (nothing === undefined && empty > FEW_EMPTY * count) {
    throw new UnclearSetting(
      'labels',
      [
        { value: planSetting({ ...plan, empty: 'none' }), label: 'these images have none of the classes' },
        { value: planSetting(unlabeled), label: 'their labels are missing; the rows are left out' },
      ],
      {
        code: 'layout-labels-unclear',
        message: 'it is unclear what empty cells mean',
        path: { file: table, column },
        got: cells,
      },
    );
  }
  const why =
    nothing === undefined ? 'few cells' : `${JSON.stringify(nothing)} is for images without any class`;
  notes.decide('labels', 'empty: unlabeled', `${cells}: ${why}, so their labels are missing`);
  return unlabeled;
}

/** The texts of classes in plans of one column, with their numbers, and the number of cells without any. */
async function countTexts(
  rows: LabeledRows,
  plans: readonly LabelPlan[],
): Promise<{ readonly found: Map<string, number>[]; readonly empty: number[]; readonly count: number }> {
  const found = plans.map(() => new Map<string, number>());
  const empty = plans.map(() => 0);
  let count = 0;
  await rows.each(({ file, columns }) => {
    const indices = plans.map((plan) => planColumns(plan).map((name) => columns.index(name)));
    return ({ cells, line }) => {
      count++;
      for (const [k, plan] of plans.entries()) {
        if ('columns' in plan) continue;
        const texts = found[k]!;
        const cell = cells[indices[k]![0]!]!;
        const own = textsOf(plan, cell, { file, line, column: plan.column });
        if (cell.trim() === '') empty[k]!++;
        for (const text of own) texts.set(text, (texts.get(text) ?? 0) + 1);
      }
    };
  });
  return { found, empty, count };
}

/** Texts of the sample that may be names of a plan's classes. */
function sampleTexts(plan: LabelPlan, sample: SampleCells | undefined): readonly string[] {
  if (sample === undefined) return [];
  if (sample.columns.length > 1 && !sample.columns.includes(plan.name)) return sample.columns;
  const column = sample.columns.length === 1 ? sample.columns[0]! : plan.name;
  const cells = [...(sample.values.get(column) ?? [])];
  return 'separator' in plan && plan.separator !== undefined
    ? cells.flatMap((cell) => cell.split(plan.separator!).map((part) => part.trim()))
    : cells;
}

interface Recognition {
  readonly taken: ReadonlySet<string | undefined>;
  readonly test: string | undefined;
  readonly reading: TableReading;
}

async function recognizeLabels(
  folder: CompetitionFolder,
  rows: LabeledRows,
  { taken, test, reading }: Recognition,
  context: LabelContext,
): Promise<LabelPlan[]> {
  const { table, sample, notes } = context;
  const { names } = await columnsOf(folder, table, reading);
  const free = names.filter((name) => name !== '' && !taken.has(name));
  const asked = sample?.columns.filter((name) => free.includes(name)) ?? [];
  const testColumns = new Set((await columnsIfAny(folder, test, reading))?.names);
  const facts = new Map((await factsOf(rows, free)).map((column) => [column.name, column]));
  const decide = (plans: readonly LabelPlan[], reason: string) => {
    const shown = plans.map((plan) => settingText(shortened(planSetting(plan))));
    notes.decide('labels', shown.length === 1 ? shown[0]! : `[${shown.join(', ')}]`, reason);
    return [...plans];
  };
  const one = (column: string, why: string) => {
    const { plan, reason } = planOne(facts.get(column)!, context);
    return decide([plan], `${why}; ${reason}`);
  };
  const many = async (columns: readonly string[], why: string) => {
    const found = await kindOfColumns(rows, columns, context);
    if (found === undefined) return undefined;
    return decide([{ name: 'label', kind: found.kind, columns }], `${why}; ${found.reason}`);
  };
  const allShares = (columns: readonly string[]) => columns.every((name) => facts.get(name)!.isShare);
  if (asked.length === 1) return one(asked[0]!, 'the sample has this column');
  if (asked.length > 1) {
    const why = 'the sample has these columns';
    const areNumbers = asked.every((name) => facts.get(name)!.isNumeric);
    const areMeasurements = asked.every((name) => facts.get(name)!.isMeasurement) && !allShares(asked);
    if (areNumbers && (scoresOnlyNumbers(context) || (areMeasurements && scoresNumbers(context)))) {
      const reason = scoresOnlyNumbers(context)
        ? 'the metric scores numbers'
        : 'their cells are measurements';
      return decide([numbersLabel(asked)], `${why}; ${reason}`);
    }
    if (allShares(asked)) {
      const plans = await many(asked, why);
      if (plans !== undefined) return plans;
    }
    assertFlags(asked, facts, context);
    const plans = asked.map((name) => planOne(facts.get(name)!, { ...context, sample: undefined }).plan);
    return decide(plans, `${why}; each is a head with classes of its own`);
  }
  const trainOnly = free.filter((name) => !testColumns.has(name));
  const remaining = trainOnly.length > 0 ? trainOnly : free;
  // A person's id or a flag is a label only if there is no other column.
  const likely = remaining.filter((name) => !looksLikeGroup(name) && !FLAG_NAMES.test(name));
  const candidates = likely.length > 0 ? likely : remaining;
  const others = (name: string) => remaining.filter((other) => other !== name);
  const besides = (name: string) => (others(name).length === 0 ? '' : `, unlike ${listNames(others(name))}`);
  if (sample !== undefined && sample.columns.length > 1) {
    const columns = new Set(sample.columns.map((name) => name.normalize('NFC')));
    const classes = candidates.filter((name) => {
      const { values } = facts.get(name)!;
      return values.size > 1 && [...values.keys()].every((text) => columns.has(text.normalize('NFC')));
    });
    if (classes.length === 1) return one(classes[0]!, 'its cells are columns of the sample');
  }
  const sampled = remaining.filter((name) => isSampled(facts.get(name)!, sample));
  const usual = candidates.filter((name) => LABEL_NAMES.test(name));
  if (sampled.length === 1 && !(usual.length === 1 && usual[0] === sampled[0]))
    return one(sampled[0]!, `the cells of the sample are among its cells${besides(sampled[0]!)}`);
  if (usual.length === 1) return one(usual[0]!, `its name is that of a label${besides(usual[0]!)}`);
  if (candidates.length === 1) {
    const [only] = candidates;
    const { isUnique, isMeasurement } = facts.get(only!)!;
    if (isUnique && !(isMeasurement && scoresNumbers(context)))
      throw unclearColumns(candidates, context, 'every row has another text in it');
    return one(only!, 'no other column is left');
  }
  if (usual.length === 0 && candidates.length > 1 && allShares(candidates)) {
    const cells =
      sample?.columns.length === 1 ? [...(sample.values.get(sample.columns[0]!) ?? [])] : undefined;
    // A single column takes the names of these columns, or says nothing.
    const isNamed =
      cells === undefined || (cells.length > 0 && cells.every((cell) => candidates.includes(cell)));
    const isOneHot = async () => (await kindOfColumns(rows, candidates, context))?.kind === 'one-hot';
    const fits = isNamed || (cells.length === 0 && (await isOneHot()));
    const plans = fits ? await many(candidates, 'no other columns are left') : undefined;
    if (plans !== undefined) return plans;
  }
  throw unclearColumns(candidates, context);
}

/** Whether the sample's only column has cells of this column, which are texts, or lists of them. */
function isSampled({ values, isNumeric }: ColumnFacts, sample: SampleCells | undefined): boolean {
  if (sample?.columns.length !== 1 || isNumeric) return false;
  const cells = [...(sample.values.get(sample.columns[0]!) ?? [])];
  const isKnown = (cell: string) => values.has(cell) || cell.split(/\s+/).every((part) => values.has(part));
  return cells.length > 0 && cells.every(isKnown);
}

function planOne(facts: ColumnFacts, context: LabelContext): { plan: LabelPlan; reason: string } {
  // "1,2" is a number with a decimal comma, or two labels.
  const mayBeLabels = facts.decimalCommas && judgeSeparator(facts.values.keys(), ',') !== 'one';
  const numbers = numbersLabel([facts.name]);
  if (scoresOnlyNumbers(context)) return { plan: numbers, reason: 'the metric scores numbers' };
  if (facts.isMeasurement && !mayBeLabels) {
    // Whole numbers with gaps may be the names of classes.
    const isClear = !facts.isWhole || context.tasks !== undefined;
    if (isClear && scoresNumbers(context))
      return { plan: numbers, reason: 'its cells are measurements, not classes' };
    return regression(facts.name, facts.values.size, context);
  }
  return judgeCells(facts, context);
}

/** Several columns that the sample wants numbers for, of which some cells are neither 0 nor 1, such as -1 for "uncertain". */
function assertFlags(
  columns: readonly string[],
  facts: ReadonlyMap<string, ColumnFacts>,
  { table, sample }: LabelContext,
): void {
  const wantsNumbers = columns.every((name) =>
    [...(sample?.values.get(name) ?? [])].every((cell) => numberOf(cell) !== undefined),
  );
  const wantsFractions = columns.some((name) =>
    [...(sample?.values.get(name) ?? [])].some((cell) => !Number.isInteger(numberOf(cell) ?? 0)),
  );
  if (!wantsNumbers) return;
  for (const name of columns) {
    const { values } = facts.get(name)!;
    const texts = [...values.keys()];
    const isFlagged =
      texts.some((text) => numberOf(text) === 0) && texts.some((text) => numberOf(text) === 1);
    const odd = [...values].find(([text]) => {
      const value = numberOf(text);
      return value === undefined || value < 0 || value > 1;
    });
    if (odd === undefined || (!isFlagged && !wantsFractions)) continue;
    if (!wantsFractions && !texts.every((text) => [-1, 0, 1].includes(numberOf(text) ?? Number.NaN)))
      continue;
    const [text, { line }] = odd;
    const plan = { columns, kind: 'multi-label', values: { [text]: 0 } };
    throw new UnclearSetting(
      'labels',
      [
        { value: plan, label: 'such cells mean 0' },
        { value: { ...plan, values: { [text]: 1 } }, label: 'such cells mean 1' },
        { value: columns, label: 'each column is a head with classes of its own' },
      ],
      {
        code: 'layout-labels-unclear',
        message: 'the sample has numbers for these columns, so their labels should be 0 and 1',
        path: { file: table, line, column: name },
        expected: '0 or 1',
        got: JSON.stringify(text),
      },
    );
  }
}

function unclearColumns(
  candidates: readonly string[],
  { table, path }: LabelContext,
  why?: string,
): PodiumError {
  const choices = candidates.map((name) => ({ value: name, label: `the column "${name}"` }));
  const problem = {
    code: 'layout-labels-unclear',
    message: `it is unclear which columns are labels${why === undefined ? '' : `: ${why}`}`,
    path: { file: table },
    expected: 'a single column besides the id, columns of 0 and 1, or the columns of the sample submission',
    got: candidates.length === 0 ? 'no other column' : listNames(candidates),
  };
  if (choices.length > 0 && choices.length <= 12) return new UnclearSetting('labels', choices, problem);
  if (choices.length === 0) {
    const named = settingText({ name: 'label', column: path, pattern: '([^/]+)/[^/]*$' });
    const fix = `set ${OPTIONS}.labels: ${named} if the folders of the images are classes; or data.layout: folders, without the table`;
    return new PodiumError({ ...problem, fix });
  }
  const fix = `set ${OPTIONS}.labels: breed, or [root, vowel], or { columns: [...], kind: one-hot }`;
  return new PodiumError({ ...problem, fix });
}

async function factsOf(rows: LabeledRows, names: readonly string[]): Promise<ColumnFacts[]> {
  const result = names.map((name) => new ColumnFacts(name));
  await rows.each(({ columns }) => {
    const indices = names.map((name) => (columns.has(name) ? columns.index(name) : -1));
    return ({ cells, line }) => {
      for (const [k, index] of indices.entries()) if (index !== -1) result[k]!.add(cells[index]!, line);
    };
  });
  return result;
}

/** A setting with few of its columns, for a decision. */
function shortened(setting: unknown): unknown {
  if (typeof setting !== 'object' || setting === null || !('columns' in setting)) return setting;
  const columns = setting.columns as readonly string[];
  return columns.length <= 8
    ? setting
    : { ...setting, columns: [...columns.slice(0, 6), '...', columns.at(-1)] };
}

function assertWhole(column: string, texts: ReadonlyMap<string, number>, context: LabelContext): void {
  const isFraction = (text: string) => !Number.isInteger(numberOf(text) ?? 0);
  const areNumbers = [...texts.keys()].every((text) => numberOf(text) !== undefined);
  if (areNumbers && [...texts.keys()].some(isFraction)) regression(column, texts.size, context);
}

function regression(column: string, different: number, { table, tasks }: LabelContext): never {
  throw new PodiumError({
    code: 'layout-regression-column',
    message: `this column is numeric, and ${tasks === undefined ? 'nothing says whether its numbers are to be predicted' : 'the metric scores classes'}`,
    path: { file: table, column },
    expected: 'one class per row',
    got: `${different} different numbers`,
    fix: `to predict numbers, set ${OPTIONS}.labels: ${settingText(planSetting(numbersLabel([column])))} and a metric of numbers, such as metric: rmse; or set another column; if whole numbers are the names of classes, set ${OPTIONS}.labels: ${settingText(planSetting(singleLabel(column)))}`,
  });
}
