import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { byName } from '../columns/by-name.ts';
import { labelTexts, namesChoice, namesSchema } from '../columns/label-texts.ts';
import { assertSplittable, listChoices, listSettings, listStyle } from '../columns/list-settings.ts';
import { findLists, joinLabels, type ListStyle, splitCell } from '../columns/list-style.ts';
import { toProbabilities } from '../columns/probability-text.ts';
import { headChoice, selectHead } from '../columns/select-head.ts';
import { singleColumn } from '../columns/single-column.ts';
import { indicesOf } from '../columns/targets.ts';
import { defineForm, OPTIONS_KEY, type ScoredTarget, type SubmissionForm, settingError } from './form.ts';

const DEFAULT_THRESHOLD = 0.5;
const share = z.number().min(0).max(1);

const settings = z.strictObject({
  head: z
    .string()
    .optional()
    .describe('the head to write; default: the only one, or the one named like the column'),
  names: namesSchema,
  ...listSettings,
  threshold: z
    .union([share, byName(share)])
    .default(DEFAULT_THRESHOLD)
    .describe(
      `probability from which a class is written: one for all, or by class (others: ${DEFAULT_THRESHOLD})`,
    ),
  atLeast: z
    .int()
    .min(0)
    .optional()
    .describe('write at least this many classes, even below the threshold; default: 1, or 0 with `none`'),
  atMost: z
    .int()
    .min(1)
    .optional()
    .describe('write at most this many classes, the likeliest; default: no limit'),
  none: z
    .string()
    .optional()
    .describe(
      'what to write if no class reaches the threshold; a class of this name is never written with others',
    ),
});

/** `id,labels`: every class that an image shows. */
export const multiLabel: SubmissionForm = defineForm({
  name: 'multi-label',
  summary: 'id and labels: one column with every class that reaches a threshold',
  settings,
  example: {
    sample: 'id,tags\n1.jpg,cat dog\n2.jpg,cat\n',
    heads: [{ name: 'tags', task: 'multi-label', classes: ['cat', 'dog', 'owl'] }],
  },
  detect: ({ columns, heads, summary, separator }) => {
    const [column] = columns;
    if (column === undefined || columns.length > 1) return undefined;
    const head = heads.length === 1 ? heads[0] : heads.find(({ name }) => name === column);
    if (head?.task !== 'multi-label') return undefined;
    const { values, isNumeric, isWhole } = summary(column);
    const isProbability = head.classes.length === 1 && isNumeric && !isWhole;
    const { unknown } = findLists(values, new Set(head.classes), separator);
    return {
      confidence: unknown.size === 0 ? 0.95 : 0.7,
      evidence: [
        `"${column}" is the only column besides the id, and an image may have several classes of "${head.name}"`,
        unknown.size === 0
          ? 'the labels in its cells are classes'
          : 'its cells are placeholders, not classes',
      ],
      settings: { form: 'multi-label', head: head.name },
      ...(isProbability && { veto: { why: `the cells of "${column}" are fractions of a single class` } }),
    };
  },
  bind: (given, context) => {
    const column = singleColumn(context, 'multi-label');
    const head = selectHead(context, given.head, column);
    const { none, atMost } = given;
    const texts = labelTexts(head, given.names, 'names');
    const isNewText = none !== undefined && none !== '' && !texts.includes(none);
    const found = findLists(
      context.summary(column).values,
      new Set(none === undefined ? texts : [...texts, none]),
      context.separator,
    );
    const style = listStyle(given, found);
    assertSplittable(none === undefined ? texts : [...texts, none], style);
    const atLeast = given.atLeast ?? (none === undefined ? 1 : 0);
    if (atMost !== undefined && atMost < atLeast) {
      throw settingError('atMost', {
        expected: `at least ${atLeast}, the value of ${OPTIONS_KEY}.atLeast`,
        got: String(atMost),
        fix: `set ${OPTIONS_KEY}.atMost: ${atLeast}`,
      });
    }
    const thresholds = thresholdsOf(given.threshold, head.classes);
    const exclusive = none === undefined ? -1 : texts.indexOf(none);
    const maxLabels = Math.min(texts.length, atMost ?? texts.length);
    return {
      settings: { ...given, ...style, head: head.name, atLeast },
      heads: [head],
      columns: [
        {
          name: column,
          type: {
            kind: 'labels',
            labels: new Set(none === undefined ? texts : [...texts, none]),
            style,
            minLabels: none === undefined ? atLeast : none === '' ? 0 : 1,
            maxLabels,
          },
        },
      ],
      sums: [],
      information: 'classes',
      targets: [listTarget(head, texts, style, isNewText ? none : undefined)],
      choices: [
        headChoice(context, head, column),
        ...listChoices(found, context.separator),
        {
          key: 'atLeast',
          value: String(atLeast),
          reason:
            none === undefined ? 'the default, without a text for none' : 'the default, with a text for none',
        },
        ...(found.unknown.size === 0 ? [] : namesChoice(context, head, column)),
      ],
      writer: (predictions) => {
        const values = toProbabilities(predictions.get(head.name)!);
        return (row) => {
          const p = values.row(row);
          const order = [...texts.keys()].sort((a, b) => p[b]! - p[a]! || a - b);
          const reached = order.filter((k) => p[k]! >= thresholds[k]!);
          const chosen = (reached.length < atLeast ? order.slice(0, atLeast) : reached).slice(0, maxLabels);
          const written = chosen.length > 1 ? chosen.filter((k) => k !== exclusive) : chosen;
          if (written.length === 0 && none !== undefined)
            return [none === '' ? '' : joinLabels([none], style)];
          const labels = written.sort((a, b) => a - b).map((k) => texts[k]!);
          return [joinLabels(labels, style)];
        };
      },
    };
  },
});

/**
 * A head with any number of classes per image.
 * @param none a text for none of them, which graders count as a class of its own
 */
function listTarget(
  head: Head,
  texts: readonly string[],
  style: ListStyle,
  none: string | undefined,
): ScoredTarget {
  const classes = none === undefined ? texts : [...texts, none];
  const index = new Map(classes.map((text, k) => [text, k]));
  return {
    name: head.name,
    heads: [head.name],
    task: 'multi-label',
    classes,
    truth: (label) => {
      const indices = indicesOf(head, label(head.name));
      return indices?.length === 0 && none !== undefined ? [texts.length] : indices;
    },
    read: (cells) =>
      (splitCell(cells[0]!, style) ?? []).flatMap((text) => {
        const k = index.get(text);
        return k === undefined ? [] : [[k, 1] as const];
      }),
  };
}

/** As float32, like the probabilities: 0.7 must reach 0.7. */
function thresholdsOf(
  given: number | Readonly<Record<string, number>>,
  classes: readonly string[],
): number[] {
  if (typeof given === 'number') return classes.map(() => Math.fround(given));
  const byClass = new Map(Object.entries(given));
  const unknown = [...byClass.keys()].find((name) => !classes.includes(name));
  if (unknown !== undefined) {
    throw settingError(`threshold.${unknown}`, {
      message: 'unknown class',
      expected: classes,
      got: JSON.stringify(unknown),
    });
  }
  return classes.map((name) => Math.fround(byClass.get(name) ?? DEFAULT_THRESHOLD));
}
