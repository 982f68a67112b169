import { z } from 'zod';
import { byName } from '../columns/by-name.ts';
import { type ColumnClass, matchColumns } from '../columns/match-columns.ts';
import { decimalsSchema, probabilityText, toProbabilities } from '../columns/probability-text.ts';
import { defineForm, type FormContext, type SubmissionForm, settingError } from './form.ts';

type ClassSetting = string | ColumnClass;

const settings = z.strictObject({
  columns: byName(z.union([z.string(), z.strictObject({ head: z.string(), class: z.string() })]))
    .optional()
    .describe('the class of each column, such as { target_0: cat }; default: matched by name'),
  values: z
    .enum(['probabilities', 'zero-one'])
    .default('probabilities')
    .describe('`zero-one` writes 1 for predicted classes and 0 for the others'),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('with `zero-one`: probability from which a class of a multi-label head is predicted'),
  decimals: decimalsSchema,
});

/** `id,cat,dog,...`: one column per class, of one head or several. */
export const classColumns: SubmissionForm = defineForm({
  name: 'class-columns',
  summary: 'id and one column per class, with probabilities',
  settings,
  example: {
    sample: 'id,dog,cat,owl\n1.jpg,0.2,0.5,0.3\n2.jpg,0.2,0.5,0.3\n',
    heads: [{ name: 'label', task: 'single-label', classes: ['cat', 'dog', 'owl'] }],
  },
  detect: ({ columns, heads, summary }) => {
    if (columns.length < 2) return undefined;
    const match = matchColumns(columns, heads);
    if (match === undefined) return undefined;
    const summaries = columns.map(summary);
    if (summaries.some(({ values, isNumeric }) => values.size > 0 && !isNumeric)) return undefined;
    const matched = new Set(match.classes.map(({ head }) => head));
    const classCount = heads
      .filter(({ name }) => matched.has(name))
      .reduce((sum, { classes }) => sum + classes.length, 0);
    if (classCount !== columns.length) return undefined;
    return {
      confidence: match.exact ? 0.97 : 0.85,
      evidence: [match.evidence, 'their cells are numbers'],
      settings: { form: 'class-columns' },
    };
  },
  bind: (given, context) => {
    const classes = chooseClasses(context, given.columns);
    const heads = context.heads.filter((head) => classes.some((item) => item.head === head.name));
    const sources = classes.map(({ head, class: name }) => ({
      head,
      k: heads.find((item) => item.name === head)!.classes.indexOf(name),
    }));
    // The columns of a head sum to 1 only if all of its classes have one.
    const sums = heads
      .filter((head) => head.task === 'single-label')
      .map((head) => ({ head, names: context.columns.filter((_, c) => classes[c]!.head === head.name) }))
      .filter(({ head, names }) => names.length === head.classes.length)
      .map(({ names }) => names);
    const columns = Object.fromEntries(context.columns.map((name, c) => [name, { ...classes[c]! }]));
    return {
      settings: { ...given, columns },
      heads,
      columns: context.columns.map((name) => ({ name, type: { kind: 'number', min: 0, max: 1 } })),
      sums,
      writer: (predictions) => {
        const byHead = new Map(
          heads.map(({ name }) => {
            const head = predictions.get(name)!;
            return [name, { values: toProbabilities(head), best: head.argmax() }];
          }),
        );
        return (row) =>
          sources.map(({ head, k }) => {
            const { values, best } = byHead.get(head)!;
            const p = values.row(row)[k]!;
            if (given.values === 'probabilities') return probabilityText(p, given.decimals);
            const isPredicted =
              values.task === 'single-label' ? best[row] === k : p >= Math.fround(given.threshold);
            return isPredicted ? '1' : '0';
          });
      },
    };
  },
});

function chooseClasses(
  context: FormContext,
  given: Readonly<Record<string, ClassSetting>> | undefined,
): readonly ColumnClass[] {
  const { columns, heads, sample } = context;
  if (given !== undefined) return givenClasses(context, new Map(Object.entries(given)));
  const match = matchColumns(columns, heads);
  if (match === undefined) {
    throw settingError('columns', {
      message: `the columns of ${sample.file} are not named after classes`,
      expected: heads.flatMap(({ classes }) => classes),
      got: columns.slice(0, 6).join(', '),
      fix: 'set submission.columns to the class of each column, such as { target_0: cat, target_1: dog }',
    });
  }
  for (const { name, classes } of heads) {
    const matched = match.classes.filter(({ head }) => head === name);
    const missing = classes.find((item) => matched.every((column) => column.class !== item));
    if (matched.length === 0 || missing === undefined) continue;
    throw settingError('columns', {
      message: `the class "${missing}" of "${name}" has no column in ${sample.file}`,
      expected: `a column for each of the ${classes.length} classes`,
      got: `${matched.length} columns`,
      fix: 'check that the training labels and the sample belong together; to leave the class out, set submission.columns',
    });
  }
  return match.classes;
}

function givenClasses(
  { heads, columns, sample }: FormContext,
  given: ReadonlyMap<string, ClassSetting>,
): readonly ColumnClass[] {
  for (const name of given.keys()) {
    if (columns.includes(name)) continue;
    throw settingError(`columns.${name}`, {
      message: `${sample.file} has no such column to fill`,
      expected: columns,
      got: JSON.stringify(name),
    });
  }
  return columns.map((column) => {
    const setting = given.get(column);
    if (setting === undefined) {
      throw settingError(`columns.${column}`, { expected: 'a class for each column', got: 'nothing' });
    }
    const found = heads.flatMap((head) =>
      head.classes
        .filter((name) =>
          typeof setting === 'string'
            ? setting === name
            : setting.head === head.name && setting.class === name,
        )
        .map((name) => ({ head: head.name, class: name })),
    );
    const [first] = found;
    if (first !== undefined && found.length === 1) return first;
    throw settingError(`columns.${column}`, {
      ...(found.length > 1 && { message: `${found.length} heads have this class: write { head, class }` }),
      expected: heads.flatMap(({ classes }) => classes),
      got: JSON.stringify(typeof setting === 'string' ? setting : setting.class),
    });
  });
}
