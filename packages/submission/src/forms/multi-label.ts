import { z } from 'zod';
import { byName } from '../columns/by-name.ts';
import { labelTexts, namesSchema } from '../columns/label-texts.ts';
import { toProbabilities } from '../columns/probability-text.ts';
import { selectHead } from '../columns/select-head.ts';
import { singleColumn } from '../columns/single-column.ts';
import { defineForm, type SubmissionForm, settingError } from './form.ts';

const DEFAULT_THRESHOLD = 0.5;
const share = z.number().min(0).max(1);

const settings = z.strictObject({
  head: z
    .string()
    .optional()
    .describe('the head to write; default: the only one, or the one named like the column'),
  names: namesSchema,
  separator: z.string().min(1).default(' ').describe('text between labels'),
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

/** `id,labels`: every class that an image shows, separated by spaces. */
export const multiLabel: SubmissionForm = defineForm({
  name: 'multi-label',
  summary: 'id and labels: one column with every class that reaches a threshold, separated by spaces',
  settings,
  example: {
    sample: 'id,tags\n1.jpg,cat dog\n2.jpg,cat\n',
    heads: [{ name: 'tags', task: 'multi-label', classes: ['cat', 'dog', 'owl'] }],
  },
  detect: ({ columns, heads, summary }) => {
    const [column] = columns;
    if (column === undefined || columns.length > 1) return undefined;
    const head = heads.length === 1 ? heads[0] : heads.find(({ name }) => name === column);
    if (head?.task !== 'multi-label') return undefined;
    const { words, isNumeric, isInteger } = summary(column);
    // A fraction for a single class: the form is `probability`.
    if (head.classes.length === 1 && isNumeric && !isInteger) return undefined;
    const known = [...words].every((word) => head.classes.includes(word));
    return {
      confidence: known ? 0.95 : 0.7,
      evidence: [
        `"${column}" is the only column besides the id, and an image may have several classes of "${head.name}"`,
        known ? 'the words of its cells are classes' : 'its cells are placeholders, not classes',
      ],
      settings: { form: 'multi-label', head: head.name },
    };
  },
  bind: (given, context) => {
    const column = singleColumn(context, 'multi-label');
    const head = selectHead(context, given.head, column);
    const { separator, none, atMost } = given;
    const texts = labelTexts(head, given.names, 'names');
    const ambiguous = [...texts, none ?? ''].find((text) => text.includes(separator));
    if (ambiguous !== undefined) {
      throw settingError('separator', {
        message: 'a label contains the separator, so the cell could not be split',
        expected: 'a text that no label contains',
        got: `${JSON.stringify(separator)}, which is in ${JSON.stringify(ambiguous)}`,
        fix: 'set submission.names to the label of each class, or choose another submission.separator',
      });
    }
    const atLeast = given.atLeast ?? (none === undefined ? 1 : 0);
    if (atMost !== undefined && atMost < atLeast) {
      throw settingError('atMost', {
        expected: `at least ${atLeast}, the value of submission.atLeast`,
        got: String(atMost),
      });
    }
    const thresholds = thresholdsOf(given.threshold, head.classes);
    const exclusive = none === undefined ? -1 : texts.indexOf(none);
    const maxLabels = Math.min(texts.length, atMost ?? texts.length);
    return {
      settings: { ...given, head: head.name, atLeast },
      heads: [head],
      columns: [
        {
          name: column,
          type: {
            kind: 'labels',
            labels: new Set(none === undefined ? texts : [...texts, none]),
            separator,
            minLabels: none === undefined ? atLeast : none === '' ? 0 : 1,
            maxLabels,
          },
        },
      ],
      sums: [],
      writer: (predictions) => {
        const values = toProbabilities(predictions.get(head.name)!);
        return (row) => {
          const p = values.row(row);
          const order = [...texts.keys()].sort((a, b) => p[b]! - p[a]! || a - b);
          const reached = order.filter((k) => p[k]! >= thresholds[k]!);
          const chosen = (reached.length < atLeast ? order.slice(0, atLeast) : reached).slice(0, maxLabels);
          const written = chosen.length > 1 ? chosen.filter((k) => k !== exclusive) : chosen;
          if (written.length === 0) return [none ?? ''];
          return [
            written
              .sort((a, b) => a - b)
              .map((k) => texts[k]!)
              .join(separator),
          ];
        };
      },
    };
  },
});

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
