import { parseNumber } from '../csv/parse-number.ts';
import type { Veto } from '../forms/form.ts';
import { findLists } from './list-style.ts';
import type { ColumnSummary } from './summarize-column.ts';

/** How the cells of a sample's column relate to the labels that a form would write there. */
export type CellFit =
  /** Each is one of the labels, or empty. */
  | { readonly kind: 'labels' }
  /** Each is the number of a label, written differently: `0.0` for `0`. */
  | { readonly kind: 'numbers'; readonly value: string }
  /** All are the same text, which is not a label: the sample shows no label. */
  | { readonly kind: 'placeholder'; readonly value: string }
  /** They look like labels, but under other names: which is which is not known. */
  | { readonly kind: 'other-names'; readonly value: string }
  /** They cannot be labels. */
  | { readonly kind: 'impossible'; readonly value: string; readonly veto: Veto };

const TRUTH_VALUE = /^(true|false)$/i;
/** Texts that stand for a class that is to be filled in. */
const PLACEHOLDER =
  /^([?\-_.*x]+|unknown|none|null|nan|n\/?a|tbd|todo|placeholder|label|class|target|value)$/i;

/** Compares cells with labels; `labels` are those of one column. */
export function cellFit(summary: ColumnSummary, labels: ReadonlySet<string>): CellFit {
  const { values, isNumeric, isWhole, maxWords, name } = summary;
  const value = [...values].find((text) => !labels.has(text));
  if (value === undefined) return { kind: 'labels' };
  const impossible = (why: string): CellFit => ({ kind: 'impossible', value, veto: { why } });
  const numbers = new Set([...labels].map(parseNumber));
  const areNumbers = !numbers.has(Number.NaN);
  if (isNumeric && areNumbers && [...values].every((text) => numbers.has(parseNumber(text))))
    return { kind: 'numbers', value };
  if (isNumeric && !isWhole) {
    const fraction = [...values].find((text) => !Number.isInteger(parseNumber(text)));
    return impossible(`the cells of "${name}" are fractions, such as ${fraction}`);
  }
  const lists = findLists(values, labels, undefined);
  if (lists.isShown && lists.maxLabels > lists.unknown.size) {
    const cell = [...values].find((text) => !labels.has(text))!;
    return impossible(
      `the cells of "${name}" list several classes, such as ${JSON.stringify(shortened(cell))}`,
    );
  }
  const labelWords = Math.max(0, ...[...labels].map((label) => wordsOf(label).length));
  if (maxWords > labelWords) {
    const cell = [...values].find((text) => wordsOf(text).length === maxWords)!;
    const areAllNumbers = wordsOf(cell).every((word) => !Number.isNaN(parseNumber(word)));
    if (areAllNumbers) {
      return impossible(
        `the cells of "${name}" are several numbers, such as ${JSON.stringify(shortened(cell))}: run lengths of a segmentation or coordinates, not classes`,
      );
    }
    if (values.size > 1)
      return impossible(
        `the cells of "${name}" have several words, such as ${JSON.stringify(shortened(cell))}`,
      );
  }
  const isOtherName =
    values.size > 1 ||
    (isNumeric && !areNumbers) ||
    // Classes are numbers, and cells are words: the names of these classes, most likely.
    (areNumbers && !isNumeric && !PLACEHOLDER.test(value)) ||
    TRUTH_VALUE.test(value) ||
    [...labels].some((label) => folded(label) === folded(value));
  return { kind: isOtherName ? 'other-names' : 'placeholder', value };
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function folded(text: string): string {
  return text.toLowerCase().replaceAll(/[-_\s]/g, '');
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
