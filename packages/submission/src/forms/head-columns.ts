import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { byName } from '../columns/by-name.ts';
import { labelTexts } from '../columns/label-texts.ts';
import { defineForm, type FormContext, type SubmissionForm, settingError } from './form.ts';

const settings = z.strictObject({
  columns: byName(z.string())
    .optional()
    .describe('the head of each column, such as { g: gender }; default: the head of the same name'),
  names: byName(byName(z.string()))
    .optional()
    .describe("per head, the competition's label per class; default: the class itself"),
});

/** `id,root,vowel,consonant`: several labels, one column per head. */
export const headColumns: SubmissionForm = defineForm({
  name: 'head-columns',
  summary: 'id and one column per head, with its class',
  settings,
  example: {
    sample: 'id,gender,mask\n1.jpg,male,mask\n2.jpg,male,mask\n',
    heads: [
      { name: 'mask', task: 'single-label', classes: ['mask', 'incorrect', 'normal'] },
      { name: 'gender', task: 'single-label', classes: ['male', 'female'] },
    ],
  },
  detect: ({ columns, heads, summary }) => {
    if (columns.length < 2 || heads.length < 2) return undefined;
    const chosen = columns.map((column) => heads.find(({ name }) => sameName(name, column)));
    if (chosen.includes(undefined) || new Set(chosen).size < columns.length) return undefined;
    const known = columns.every((column, c) =>
      [...summary(column).values].every((value) => chosen[c]!.classes.includes(value)),
    );
    return {
      confidence: known ? 0.95 : 0.75,
      evidence: [
        'each column is named after a head',
        known ? 'their cells are classes of that head' : 'their cells are placeholders, not classes',
      ],
      settings: { form: 'head-columns' },
    };
  },
  bind: (given, context) => {
    const { columns } = context;
    const givenHeads = new Map(Object.entries(given.columns ?? {}));
    const givenNames = new Map(Object.entries(given.names ?? {}));
    const heads = columns.map((column) => headOfColumn(context, column, givenHeads.get(column)));
    for (const name of givenNames.keys()) {
      if (heads.some((head) => head.name === name)) continue;
      throw settingError(`names.${name}`, {
        message: 'no column is filled by this head',
        expected: heads.map((head) => head.name),
        got: JSON.stringify(name),
      });
    }
    const texts = heads.map((head) => labelTexts(head, givenNames.get(head.name), `names.${head.name}`));
    return {
      settings: {
        ...given,
        columns: Object.fromEntries(columns.map((column, c) => [column, heads[c]!.name])),
      },
      heads: [...new Set(heads)],
      columns: columns.map((name, c) => ({ name, type: { kind: 'label', labels: new Set(texts[c]) } })),
      sums: [],
      writer: (predictions) => {
        const best = heads.map(({ name }) => predictions.get(name)!.argmax());
        return (row) => best.map((k, c) => texts[c]![k[row]!]!);
      },
    };
  },
});

function headOfColumn({ heads, sample }: FormContext, column: string, given: string | undefined): Head {
  const found = heads.find(({ name }) => (given === undefined ? sameName(name, column) : name === given));
  if (found !== undefined) return found;
  throw settingError(`columns.${column}`, {
    message: given === undefined ? `no head fills this column of ${sample.file}` : 'unknown head',
    expected: heads.map((head) => head.name),
    ...(given !== undefined && { got: JSON.stringify(given) }),
    fix: `set submission.columns, such as { ${JSON.stringify(column)}: ${heads[0]?.name} }, or add the column to submission.keep`,
  });
}

/** Ignores case, spaces, hyphens and underscores. */
function sameName(head: string, column: string): boolean {
  return normalized(head) === normalized(column);
}

function normalized(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/g, '');
}
