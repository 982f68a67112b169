import { z } from 'zod';
import { headOf, labelTexts, namesSchema, onlyColumn } from '../columns/label-texts.ts';
import { probabilitiesOf } from '../columns/number-text.ts';
import { defineForm, type SubmissionForm, settingError } from '../form.ts';

const share = z.number().min(0).max(1);

const settings = z.strictObject({
  form: z.literal('multi-label'),
  head: z.string().optional(),
  names: namesSchema,
  separator: z.string().min(1).default(' '),
  /** From which probability a class is written: one for all, or by class (others 0.5). */
  threshold: z.union([share, z.record(z.string(), share)]).default(0.5),
  /** The likeliest classes are written even below the threshold, until there are so many. */
  atLeast: z.int().min(0).optional(),
  /** The likeliest of those that reach the threshold are written, no more. */
  atMost: z.int().min(1).optional(),
  /** What to write where no class reaches the threshold; where it is a class itself, it is never beside others. */
  none: z.string().optional(),
});

/** `id,labels`: all classes that an image shows, with spaces between. */
export const multiLabel: SubmissionForm = defineForm({
  name: 'multi-label',
  summary: 'id and labels: one column with all classes that reach a threshold, spaces between',
  settings,
  recognize: ({ columns, heads, facts }) => {
    const [column] = columns;
    if (column === undefined || columns.length > 1) return undefined;
    const head = heads.length === 1 ? heads[0] : heads.find(({ name }) => name === column);
    if (head?.task !== 'multi-label') return undefined;
    const { words, numeric, whole } = facts(column);
    // One class is asked for as a number: `probability` says so.
    if (head.classes.length === 1 && numeric && !whole) return undefined;
    const known = [...words].every((word) => head.classes.includes(word));
    return {
      confidence: known ? 0.95 : 0.7,
      evidence: [
        `"${column}" is the one column beside the id, and an image may have several classes of "${head.name}"`,
        known ? 'the words of its cells are classes' : 'its cells are placeholders, no classes',
      ],
      settings: { form: 'multi-label', head: head.name },
    };
  },
  bind: (given, view) => {
    const column = onlyColumn(view, 'multi-label');
    const head = headOf(view, given.head, 'head', column);
    const { separator, none, atMost } = given;
    const texts = labelTexts(head, given.names, 'names');
    const broken = [...texts, none ?? ''].find((text) => text.includes(separator));
    if (broken !== undefined) {
      throw settingError('separator', {
        message: 'a label holds the separator, so nobody could tell where it ends',
        expected: 'a text that is in no label',
        got: `${JSON.stringify(separator)}, which is in ${JSON.stringify(broken)}`,
        fix: 'set submission.names to what the competition calls the class, or another submission.separator',
      });
    }
    const atLeast = given.atLeast ?? (none === undefined ? 1 : 0);
    if (atMost !== undefined && atMost < atLeast) {
      throw settingError('atMost', {
        expected: `at least ${atLeast}, as submission.atLeast says`,
        got: String(atMost),
      });
    }
    const thresholds = thresholdsOf(given.threshold, head.classes);
    const alone = none === undefined ? -1 : texts.indexOf(none);
    const labels = new Set(none === undefined ? texts : [...texts, none]);
    const most = Math.min(texts.length, atMost ?? texts.length);
    return {
      settings: { ...given, head: head.name, atLeast },
      heads: [head],
      columns: [
        {
          name: column,
          rule: {
            kind: 'labels',
            labels,
            separator,
            least: none === undefined ? atLeast : none === '' ? 0 : 1,
            most,
          },
        },
      ],
      sums: [],
      writer: (predictions) => {
        const own = predictions[head.name];
        if (own === undefined) return () => [];
        const values = probabilitiesOf(own);
        return (row) => {
          const p = values.row(row);
          const order = [...texts.keys()].sort((a, b) => p[b]! - p[a]! || a - b);
          const reached = order.filter((k) => p[k]! >= thresholds[k]!);
          const chosen = (reached.length < atLeast ? order.slice(0, atLeast) : reached).slice(0, most);
          const others = chosen.length > 1 ? chosen.filter((k) => k !== alone) : chosen;
          if (others.length === 0) return [none ?? ''];
          return [
            others
              .sort((a, b) => a - b)
              .map((k) => texts[k]!)
              .join(separator),
          ];
        };
      },
    };
  },
});

/** As float32, like what they are compared with: 0.7 must reach 0.7. */
function thresholdsOf(
  given: number | Readonly<Record<string, number>>,
  classes: readonly string[],
): number[] {
  if (typeof given === 'number') return classes.map(() => Math.fround(given));
  const stranger = Object.keys(given).find((name) => !classes.includes(name));
  if (stranger !== undefined) {
    throw settingError(`threshold.${stranger}`, {
      message: 'there is no such class',
      expected: classes,
      got: JSON.stringify(stranger),
    });
  }
  return classes.map((name) => Math.fround(Object.hasOwn(given, name) ? given[name]! : 0.5));
}
