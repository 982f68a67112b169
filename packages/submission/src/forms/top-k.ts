import { z } from 'zod';
import { labelTexts, namesSchema } from '../columns/label-texts.ts';
import { toProbabilities } from '../columns/probability-text.ts';
import { selectHead } from '../columns/select-head.ts';
import { singleColumn } from '../columns/single-column.ts';
import { defineForm, type SubmissionForm, settingError } from './form.ts';

const DEFAULT_K = 5;

const settings = z.strictObject({
  head: z
    .string()
    .optional()
    .describe('the head to write; default: the only one, or the one named like the column'),
  names: namesSchema,
  separator: z.string().min(1).default(' ').describe('text between labels'),
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
  detect: ({ columns, heads, summary }) => {
    const [column] = columns;
    if (column === undefined || columns.length > 1) return undefined;
    const head = heads.length === 1 ? heads[0] : heads.find(({ name }) => name === column);
    if (head === undefined || head.task === 'multi-label') return undefined;
    const { words, maxWords } = summary(column);
    if (maxWords < 2 || maxWords > head.classes.length + 1) return undefined;
    const unknown = [...words].filter((word) => !head.classes.includes(word));
    if (head.classes.some((name) => name.includes(' ')) && unknown.length > 0) return undefined;
    return {
      confidence: unknown.length === 0 ? 0.95 : unknown.length === 1 ? 0.8 : 0.6,
      evidence: [
        `the cells of "${column}" have up to ${maxWords} words, and an image has one class of "${head.name}"`,
        unknown.length === 0 ? 'the words are classes' : `the word "${unknown[0]}" is not a class`,
      ],
      settings: { form: 'top-k', head: head.name, k: Math.min(maxWords, head.classes.length) },
    };
  },
  bind: (given, context) => {
    const column = singleColumn(context, 'top-k');
    const head = selectHead(context, given.head, column);
    const { separator, unsure } = given;
    const texts = labelTexts(head, given.names, 'names');
    const labels = unsure === undefined || texts.includes(unsure.label) ? texts : [...texts, unsure.label];
    const ambiguous = labels.find((text) => text.includes(separator));
    if (ambiguous !== undefined) {
      throw settingError('separator', {
        message: 'a label contains the separator, so the cell could not be split',
        expected: 'a text that no label contains',
        got: `${JSON.stringify(separator)}, which is in ${JSON.stringify(ambiguous)}`,
      });
    }
    const { maxWords } = context.summary(column);
    const k = given.k ?? Math.min(maxWords > 1 ? maxWords : DEFAULT_K, labels.length);
    if (k > labels.length) {
      throw settingError('k', {
        expected: `at most ${labels.length}, the number of labels`,
        got: String(k),
      });
    }
    return {
      settings: { ...given, head: head.name, k },
      heads: [head],
      columns: [
        {
          name: column,
          type: { kind: 'labels', labels: new Set(labels), separator, minLabels: k, maxLabels: k },
        },
      ],
      sums: [],
      writer: (predictions) => {
        const values = toProbabilities(predictions.get(head.name)!);
        return (row) => {
          const p = values.row(row);
          const order = [...head.classes.keys()].sort((a, b) => p[b]! - p[a]! || a - b);
          const ranked = order.map((index) => texts[index]!);
          if (unsure === undefined) return [ranked.slice(0, k).join(separator)];
          const below = Math.fround(unsure.below);
          const firstBelow = order.findIndex((index) => p[index]! < below);
          const rank = firstBelow === -1 ? order.length : firstBelow;
          const without = (list: readonly string[]) => list.filter((text) => text !== unsure.label);
          const merged = [...without(ranked.slice(0, rank)), unsure.label, ...without(ranked.slice(rank))];
          return [merged.slice(0, k).join(separator)];
        };
      },
    };
  },
});
