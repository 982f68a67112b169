import { z } from 'zod';
import { headOf, labelTexts, namesSchema, onlyColumn } from '../columns/label-texts.ts';
import { probabilitiesOf } from '../columns/number-text.ts';
import { defineForm, type SubmissionForm, settingError } from '../form.ts';

const USUAL = 5;

const settings = z.strictObject({
  form: z.literal('top-k'),
  head: z.string().optional(),
  names: namesSchema,
  separator: z.string().min(1).default(' '),
  /** How many; default: as many as the sample's cells have, or 5. */
  k: z.int().min(1).optional(),
  /** A label for what was never seen (`new_whale`): it is written before the first class less likely than this. */
  unsure: z.strictObject({ below: z.number().min(0).max(1), label: z.string() }).optional(),
});

/** `Image,Id`: the k likeliest classes, the likeliest first (MAP@5). */
export const topK: SubmissionForm = defineForm({
  name: 'top-k',
  summary: 'id and labels: one column with the k likeliest classes, the likeliest first',
  settings,
  recognize: ({ columns, heads, facts }) => {
    const [column] = columns;
    if (column === undefined || columns.length > 1) return undefined;
    const head = heads.length === 1 ? heads[0] : heads.find(({ name }) => name === column);
    if (head === undefined || head.task === 'multi-label') return undefined;
    const { words, mostWords } = facts(column);
    if (mostWords < 2 || mostWords > head.classes.length + 1) return undefined;
    const unknown = [...words].filter((word) => !head.classes.includes(word));
    if (head.classes.some((name) => name.includes(' ')) && unknown.length > 0) return undefined;
    return {
      confidence: unknown.length === 0 ? 0.95 : unknown.length === 1 ? 0.8 : 0.6,
      evidence: [
        `the cells of "${column}" hold up to ${mostWords} words, and an image has one class of "${head.name}"`,
        unknown.length === 0 ? 'the words are classes' : `the word "${unknown[0]}" is no class`,
      ],
      settings: { form: 'top-k', head: head.name, k: Math.min(mostWords, head.classes.length) },
    };
  },
  bind: (given, view) => {
    const column = onlyColumn(view, 'top-k');
    const head = headOf(view, given.head, 'head', column);
    const { separator, unsure } = given;
    const texts = labelTexts(head, given.names, 'names');
    const all = unsure === undefined || texts.includes(unsure.label) ? texts : [...texts, unsure.label];
    const broken = all.find((text) => text.includes(separator));
    if (broken !== undefined) {
      throw settingError('separator', {
        message: 'a label holds the separator, so nobody could tell where it ends',
        expected: 'a text that is in no label',
        got: `${JSON.stringify(separator)}, which is in ${JSON.stringify(broken)}`,
      });
    }
    const { mostWords } = view.facts(column);
    const k = given.k ?? Math.min(mostWords > 1 ? mostWords : USUAL, all.length);
    if (k > all.length) {
      throw settingError('k', { expected: `at most ${all.length}, the number of labels`, got: String(k) });
    }
    return {
      settings: { ...given, head: head.name, k },
      heads: [head],
      columns: [
        { name: column, rule: { kind: 'labels', labels: new Set(all), separator, least: k, most: k } },
      ],
      sums: [],
      writer: (predictions) => {
        const own = predictions[head.name];
        if (own === undefined) return () => [];
        const values = probabilitiesOf(own);
        return (row) => {
          const p = values.row(row);
          const order = [...head.classes.keys()].sort((a, b) => p[b]! - p[a]! || a - b);
          const ranked = order.map((index) => texts[index]!);
          if (unsure === undefined) return [ranked.slice(0, k).join(separator)];
          const below = Math.fround(unsure.below);
          const place = order.findIndex((index) => p[index]! < below);
          const at = place === -1 ? order.length : place;
          const others = (list: readonly string[]) => list.filter((text) => text !== unsure.label);
          const before = others(ranked.slice(0, at));
          return [[...before, unsure.label, ...others(ranked.slice(at))].slice(0, k).join(separator)];
        };
      },
    };
  },
});
