import { cellFit } from '../columns/cell-fit.ts';
import { findLists } from '../columns/list-style.ts';
import type { ColumnSummary } from '../columns/summarize-column.ts';
import { parseNumber } from '../csv/parse-number.ts';
import {
  type BoundForm,
  type CellType,
  FORM_KEY,
  type FormContext,
  type Information,
  OPTIONS_KEY,
  type Veto,
} from '../forms/form.ts';

type Bound = Pick<BoundForm, 'columns' | 'information' | 'settings' | 'heads'>;

/** What metrics of a kind are called in messages, and an example. */
const METRICS: Readonly<Record<Information, { readonly what: string; readonly example: string }>> = {
  classes: { what: 'scores classes', example: 'accuracy' },
  ranking: { what: 'scores the order of classes', example: 'top-5' },
  probabilities: { what: 'scores probabilities', example: 'log-loss' },
  numbers: { what: 'scores numbers', example: 'rmse' },
};
const WRITES: Readonly<Record<Information, string>> = {
  classes: 'classes',
  ranking: 'classes in their order',
  probabilities: 'probabilities',
  numbers: 'numbers',
};

/**
 * Why the metric cannot be computed from what a form writes; undefined if it can.
 * @param isChosen whether settings name the form: then probabilities are enough for a metric of classes
 */
export function metricVeto(bound: Bound, { needs, ranks }: FormContext, isChosen: boolean): Veto | undefined {
  const { information, settings } = bound;
  if (needs === undefined) return undefined;
  const example = METRICS[information].example;
  const fix = `set metric: ${example} (or another one that ${METRICS[information].what})`;
  const depth = Math.min(...bound.columns.map(({ type }) => (type.kind === 'labels' ? type.maxLabels : 1)));
  const order: readonly Information[] = ['classes', 'ranking', 'probabilities'];
  const isOther = (information === 'numbers') !== (needs === 'numbers');
  if (isOther || order.indexOf(information) < order.indexOf(needs)) {
    return {
      why: `it writes ${WRITES[information]}, and the metric ${METRICS[needs].what}`,
      fix,
    };
  }
  if (needs === 'ranking' && information === 'ranking' && ranks !== undefined && depth < ranks) {
    return {
      why: `it writes ${depth} labels per row, and the metric looks at ${ranks}`,
      fix: `set ${OPTIONS_KEY}.k: ${ranks}, or metric: top-${depth}`,
    };
  }
  // Graders of classes cannot read fractions.
  if (!isChosen && needs === 'classes' && information === 'probabilities')
    return {
      why: `it writes probabilities, and the metric ${METRICS[needs].what}`,
      fix: `${fix}, or ${FORM_KEY}: ${settings.form}`,
    };
  return undefined;
}

/** Why the cells of the sample cannot be of this form; undefined if they can. */
export function cellVeto(bound: Bound, context: FormContext): Veto | undefined {
  for (const { name, type } of bound.columns) {
    const why = columnVeto(context.summary(name), type, bound);
    if (why !== undefined) return why;
  }
  return undefined;
}

function columnVeto(summary: ColumnSummary, type: CellType, bound: Bound): Veto | undefined {
  const { name, values, isNumeric, min, max } = summary;
  if (values.size === 0) return undefined;
  if (type.kind === 'number') {
    const wrong = [...values].find((value) => Number.isNaN(parseNumber(value)));
    if (wrong !== undefined) {
      const isDecimalComma = /^\d*,\d+$/.test(wrong);
      return {
        why: `the cells of "${name}" are ${isDecimalComma ? 'written with a decimal comma' : 'not numbers'}, such as ${JSON.stringify(wrong)}`,
      };
    }
    // Numbers of a sample are placeholders; a 0 may be out of bounds.
    if (bound.information === 'numbers' || (min >= type.min && max <= type.max)) return undefined;
    return {
      why: `the cells of "${name}" are numbers from ${min} to ${max}, not from ${type.min} to ${type.max}`,
    };
  }
  if (type.kind === 'label') {
    const fit = cellFit(summary, type.labels);
    return fit.kind === 'impossible' ? fit.veto : undefined;
  }
  const { unknown } = findLists(values, type.labels, type.style.separator);
  const [first] = unknown;
  if (first === undefined) return undefined;
  const areLabelNumbers = [...type.labels].every((label) => !Number.isNaN(parseNumber(label)));
  // A word for unseen classes, or one for all rows.
  const isPlaceholder =
    (unknown.size === 1 || values.size === 1) && (!isNumericText(first) || areLabelNumbers);
  if (isPlaceholder && !(isNumeric && !summary.isWhole)) return undefined;
  return {
    why: `the cells of "${name}" list what is not a class, such as ${JSON.stringify(first)}`,
    fix: `set ${FORM_KEY}: ${bound.settings.form} if the cells are only placeholders; if they are other names of the classes, list these in ${OPTIONS_KEY}.names`,
  };
}

function isNumericText(text: string): boolean {
  return text.split(/\s+/).every((word) => !Number.isNaN(parseNumber(word)));
}
