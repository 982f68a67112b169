import { OPTIONS } from '../notes.ts';
import { UnclearSetting } from '../unclear-setting.ts';
import type { ColumnFacts } from './column-facts.ts';
import { headName, type LabelPlan, planSetting, singleLabel } from './label-plan.ts';
import { listOf } from './list-cell.ts';
import type { LabelContext } from './plan-labels.ts';
import { judgeSeparator, partsOf, SEPARATORS } from './separators.ts';

/** How the cells of one column write labels, and why. */
export interface JudgedPlan {
  readonly plan: LabelPlan;
  readonly reason: string;
}

/**
 * How a column writes labels: one class per cell, several between separators, or lists; by all its cells, the sample
 * submission and the metric.
 * @throws UnclearSetting `layout-labels-unclear` if several ways are possible
 */
export function judgeCells(facts: ColumnFacts, context: LabelContext): JudgedPlan {
  const { name: column } = facts;
  const texts = [...facts.values.keys()];
  const { tasks, sample } = context;
  const onlySingle = tasks !== undefined && !tasks.includes('multi-label');
  const onlySeveral = tasks !== undefined && !tasks.includes('single-label');
  const lists = texts.filter(isList);
  const one: JudgedPlan = {
    plan: singleLabel(column, sampleClasses(texts, context)),
    reason: `each cell is one class (${facts.values.size} in all)`,
  };
  const several = (
    plan: Omit<Extract<LabelPlan, { kind: 'separated' | 'list' }>, 'name' | 'column'>,
    parts: string[],
  ) => ({
    ...plan,
    name: headName(column),
    column,
    classes: sampleClasses(parts, context),
  });
  if (lists.length > 0) {
    const plan = several(
      { kind: 'list' },
      texts.flatMap((text) => listOf(text) ?? [text]),
    );
    if (!onlySingle) return { plan, reason: `cells such as ${JSON.stringify(lists[0])} are lists` };
    throw unclear(
      facts,
      [one.plan, plan],
      `cells such as ${JSON.stringify(lists[0])} are lists, and the metric scores one class per image`,
      context,
    );
  }
  // Every cell a class of the sample: no cell is split.
  if (one.plan.classes !== undefined)
    return { ...one, reason: `each cell is a class that the sample has a column for` };
  if (facts.isNumeric && !facts.decimalCommas) return one;
  for (const separator of SEPARATORS) {
    const joined = texts.find((text) => partsOf(text, separator).length > 1);
    if (joined === undefined) continue;
    const parts = [...new Set(texts.flatMap((text) => partsOf(text, separator)))];
    const plan = several({ kind: 'separated', separator }, parts);
    const shown = `cells such as ${JSON.stringify(joined)}`;
    if (plan.classes !== undefined && !onlySingle)
      return { plan, reason: `${shown} are several classes that the sample has columns for` };
    const judged = judgeSeparator(texts, separator);
    // All cells are also numbers with a decimal comma.
    const verdict = facts.isNumeric && judged === 'several' ? 'unclear' : judged;
    const sampled = sampleSays(
      texts,
      parts,
      separator,
      sample?.columns.length === 1 ? [...(sample.values.get(sample.columns[0]!) ?? [])] : [],
    );
    if (verdict === 'one' && !sampled) continue;
    const few = `${shown} are combinations of ${parts.length} labels`;
    if (verdict === 'several' && onlySingle)
      throw unclear(facts, [one.plan, plan], `${few}, and the metric scores one class per image`, context);
    if (verdict === 'several') return { plan, reason: few };
    if (onlySingle) return { ...one, reason: `the metric scores one class per image, so ${shown} are one` };
    if (onlySeveral)
      return { plan, reason: `the metric scores several labels per image, as in ${JSON.stringify(joined)}` };
    if (verdict === 'unclear' && sampled) return { plan, reason: `${few}, as in the sample` };
    throw unclear(facts, [one.plan, plan], `${shown} may be one class or several`, context);
  }
  return one;
}

function isList(text: string): boolean {
  const items = listOf(text);
  return items !== undefined && (items.length !== 1 || /^[[({]\s*["'{]/.test(text));
}

/** The sample's columns, if they are classes and all of these are among them. */
function sampleClasses(texts: readonly string[], { sample }: LabelContext): readonly string[] | undefined {
  const columns = sample?.columns ?? [];
  const known = new Set(columns.map((name) => name.normalize('NFC')));
  const areClasses =
    columns.length > 1 && texts.length > 0 && texts.every((text) => known.has(text.normalize('NFC')));
  return areClasses ? columns : undefined;
}

/** Whether a cell of the sample joins labels as no cell of the table does. */
function sampleSays(
  texts: readonly string[],
  parts: readonly string[],
  separator: string,
  cells: readonly string[],
): boolean {
  const whole = new Set(texts);
  const known = new Set(parts);
  return cells.some((cell) => {
    const own = partsOf(cell, separator);
    return own.length > 1 && !whole.has(cell) && own.every((part) => known.has(part));
  });
}

function unclear(
  { name: column, values }: ColumnFacts,
  plans: readonly LabelPlan[],
  got: string,
  { table }: LabelContext,
): UnclearSetting {
  const [first] = values.values();
  return new UnclearSetting(
    'labels',
    plans.map((plan) => ({
      value: planSetting(plan),
      label: plan.kind === 'single' ? 'each cell is one class' : 'an image may have several classes',
    })),
    {
      code: 'layout-labels-unclear',
      message: `it is unclear whether cells have one class or several (${OPTIONS}.labels)`,
      path: { file: table, line: first?.line, column },
      got,
    },
  );
}
