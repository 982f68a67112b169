import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { labelTexts, namesSchema } from '../columns/label-texts.ts';
import { defineForm, type FormView, type SubmissionForm, settingError } from '../form.ts';

const settings = z.strictObject({
  form: z.literal('head-columns'),
  /** The head that fills each column, by the column's name; default: the head of that name. */
  columns: z.record(z.string(), z.string()).optional(),
  /** By head, the competition's text by class. */
  names: z.record(z.string(), namesSchema.unwrap()).optional(),
});

/** `id,root,vowel,consonant`: several labels, each in a column of its own. */
export const headColumns: SubmissionForm = defineForm({
  name: 'head-columns',
  summary: 'id and a column a head, with its class',
  settings,
  recognize: ({ columns, heads, facts }) => {
    if (columns.length < 2 || heads.length < 2) return undefined;
    const chosen = columns.map((column) => heads.find(({ name }) => same(name, column)));
    if (chosen.includes(undefined) || new Set(chosen).size < columns.length) return undefined;
    const known = columns.every((column, c) =>
      [...facts(column).values].every((value) => chosen[c]?.classes.includes(value)),
    );
    return {
      confidence: known ? 0.95 : 0.75,
      evidence: [
        'each column is named after a head',
        known ? 'their cells are classes of that head' : 'their cells are placeholders, no classes',
      ],
      settings: { form: 'head-columns' },
    };
  },
  bind: (given, view) => {
    const heads = view.columns.map((column) => headFor(view, column, given.columns));
    for (const name of Object.keys(given.names ?? {})) {
      if (heads.some((head) => head.name === name)) continue;
      throw settingError(`names.${name}`, {
        message: 'no column is filled by such a head',
        expected: heads.map((head) => head.name),
        got: JSON.stringify(name),
      });
    }
    const texts = heads.map((head) => labelTexts(head, given.names?.[head.name], `names.${head.name}`));
    return {
      settings: {
        ...given,
        columns: Object.fromEntries(view.columns.map((column, c) => [column, heads[c]!.name])),
      },
      heads: [...new Set(heads)],
      columns: view.columns.map((name, c) => ({ name, rule: { kind: 'label', labels: new Set(texts[c]) } })),
      sums: [],
      writer: (predictions) => {
        const best = heads.map(({ name }) => predictions[name]?.argmax());
        return (row) => best.map((own, c) => texts[c]![own![row]!]!);
      },
    };
  },
});

function headFor(
  { heads, sample }: FormView,
  column: string,
  given: Readonly<Record<string, string>> | undefined,
): Head {
  const name = given !== undefined && Object.hasOwn(given, column) ? given[column] : undefined;
  const found = heads.find((head) => (name === undefined ? same(head.name, column) : head.name === name));
  if (found !== undefined) return found;
  throw settingError(`columns.${column}`, {
    message: name === undefined ? `no head fills this column of ${sample.file}` : 'there is no such head',
    expected: heads.map((head) => head.name),
    ...(name !== undefined && { got: JSON.stringify(name) }),
    fix: `set submission.columns, such as { ${JSON.stringify(column)}: ${heads[0]?.name} }, or list the column in submission.keep`,
  });
}

function same(head: string, column: string): boolean {
  return plain(head) === plain(column);
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/g, '');
}
