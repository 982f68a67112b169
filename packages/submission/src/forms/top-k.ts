import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { labelTexts, namesSchema } from '../columns/label-texts.ts';
import { assertSplittable, listChoices, listSettings, listStyle } from '../columns/list-settings.ts';
import { findLists, joinLabels, type ListStyle, splitCell } from '../columns/list-style.ts';
import { toProbabilities } from '../columns/probability-text.ts';
import { headChoice, selectHead } from '../columns/select-head.ts';
import { singleColumn } from '../columns/single-column.ts';
import { labelTarget } from '../columns/targets.ts';
import { defineForm, OPTIONS_KEY, type ScoredTarget, type SubmissionForm, settingError } from './form.ts';

const DEFAULT_K = 5;

const settings = z.strictObject({
  head: z
    .string()
    .optional()
    .describe('the head to write; default: the only one, or the one named like the column'),
  names: namesSchema,
  ...listSettings,
  k: z
    .int()
    .min(1)
    .optional()
    .describe(`labels per row; default: as many as in the sample's cells, or ${DEFAULT_K}`),
  unsure: z
    .strictObject({
      below: z.number().min(0).max(1).describe('probability below which a class ranks behind this label'),
      label: z.string().describe('the label'),
    })
    .optional()
    .describe('a label for unseen classes, ranked by a probability: { below: 0.3, label: new_whale }'),
});

/** `Image,Id`: the k likeliest classes, likeliest first (MAP@5). */
export const topK: SubmissionForm = defineForm({
  name: 'top-k',
  summary: 'id and labels: one column with the k likeliest classes, likeliest first',
  settings,
  example: {
    sample: 'id,label\n1.jpg,cat dog\n2.jpg,cat dog\n',
    heads: [{ name: 'label', task: 'single-label', classes: ['cat', 'dog', 'owl'] }],
  },
  detect: ({ columns, heads, summary, separator }) => {
    const [column] = columns;
    if (column === undefined || columns.length > 1) return undefined;
    const head = heads.length === 1 ? heads[0] : heads.find(({ name }) => name === column);
    if (head === undefined || head.task === 'multi-label') return undefined;
    const { values } = summary(column);
    const { maxLabels, unknown, isShown } = findLists(values, new Set(head.classes), separator);
    if (!isShown || maxLabels < 2) return undefined;
    const [first] = unknown;
    return {
      confidence: unknown.size === 0 ? 0.95 : unknown.size === 1 ? 0.8 : 0.4,
      evidence: [
        `the cells of "${column}" have up to ${maxLabels} labels, and an image has one class of "${head.name}"`,
        first === undefined ? 'the labels are classes' : `the label "${first}" is not a class`,
      ],
      settings: { form: 'top-k', head: head.name, k: Math.min(maxLabels, head.classes.length) },
      ...(maxLabels > head.classes.length + 1 && {
        veto: {
          why: `the cells of "${column}" have up to ${maxLabels} labels, and "${head.name}" has ${head.classes.length} classes`,
        },
      }),
    };
  },
  bind: (given, context) => {
    const column = singleColumn(context, 'top-k');
    const head = selectHead(context, given.head, column);
    const { unsure } = given;
    const texts = labelTexts(head, given.names, 'names');
    const labels = unsure === undefined || texts.includes(unsure.label) ? texts : [...texts, unsure.label];
    const found = findLists(context.summary(column).values, new Set(labels), context.separator);
    const style = listStyle(given, found);
    assertSplittable(labels, style);
    const k = given.k ?? Math.min(found.maxLabels > 1 ? found.maxLabels : DEFAULT_K, labels.length);
    if (k > labels.length) {
      throw settingError('k', {
        expected: `at most ${labels.length}, the number of labels`,
        got: String(k),
        fix: `set ${OPTIONS_KEY}.k: ${labels.length}`,
      });
    }
    const [unknown] = found.unknown;
    return {
      settings: { ...given, ...style, head: head.name, k },
      heads: [head],
      columns: [
        {
          name: column,
          type: { kind: 'labels', labels: new Set(labels), style, minLabels: k, maxLabels: k },
        },
      ],
      sums: [],
      information: k > 1 ? 'ranking' : 'classes',
      targets: [rankingTarget(head, labels, style)],
      choices: [
        headChoice(context, head, column),
        ...listChoices(found),
        {
          key: 'k',
          value: String(k),
          reason:
            found.maxLabels > 1
              ? `the cells of the sample have up to ${found.maxLabels} labels`
              : `the default; the cells of the sample have one label`,
        },
        ...(unknown === undefined || unsure !== undefined
          ? []
          : [
              {
                key: 'unsure',
                value: 'none',
                reason: `"${unknown}" in the sample is not a class, and is never written; set ${OPTIONS_KEY}.unsure to write it for unseen classes`,
              },
            ]),
      ],
      writer: (predictions) => {
        const values = toProbabilities(predictions.get(head.name)!);
        return (row) => {
          const p = values.row(row);
          const order = [...head.classes.keys()].sort((a, b) => p[b]! - p[a]! || a - b);
          const ranked = order.map((index) => texts[index]!);
          if (unsure === undefined) return [joinLabels(ranked.slice(0, k), style)];
          const below = Math.fround(unsure.below);
          const firstBelow = order.findIndex((index) => p[index]! < below);
          const rank = firstBelow === -1 ? order.length : firstBelow;
          const without = (list: readonly string[]) => list.filter((text) => text !== unsure.label);
          const merged = [...without(ranked.slice(0, rank)), unsure.label, ...without(ranked.slice(rank))];
          return [joinLabels(merged.slice(0, k), style)];
        };
      },
    };
  },
});

/** Labels in their order: the first has the largest value, and labels that are not written have none. */
function rankingTarget(head: Head, labels: readonly string[], style: ListStyle): ScoredTarget {
  const index = new Map(labels.map((text, k) => [text, k]));
  return {
    ...labelTarget(head, labels),
    read: (cells) => {
      const ranked = splitCell(cells[0]!, style) ?? [];
      const total = (ranked.length * (ranked.length + 1)) / 2;
      return ranked.flatMap((text, rank) => {
        const k = index.get(text);
        return k === undefined ? [] : [[k, (ranked.length - rank) / total] as const];
      });
    },
  };
}
