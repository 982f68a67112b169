import { z } from 'zod';
import { type ColumnClass, matchColumns } from '../columns/match-columns.ts';
import { decimalsSchema, probabilitiesOf, probabilityText } from '../columns/number-text.ts';
import { defineForm, type FormView, type SubmissionForm, settingError } from '../form.ts';

const settings = z.strictObject({
  form: z.literal('class-columns'),
  /** The class that each column is for, by the column's name; default: by looking at the names. */
  columns: z
    .record(z.string(), z.union([z.string(), z.strictObject({ head: z.string(), class: z.string() })]))
    .optional(),
  /** Probabilities, or 1 for the classes that are decided on and 0 for the others. */
  values: z.enum(['probabilities', 'zero-one']).default('probabilities'),
  /** From which probability a class of a multi-label head is decided on, for `zero-one`. */
  threshold: z.number().min(0).max(1).default(0.5),
  decimals: decimalsSchema,
});

/** `id,cat,dog,...`: a probability for each class, of one head or of several. */
export const classColumns: SubmissionForm = defineForm({
  name: 'class-columns',
  summary: 'id and a column a class, with probabilities',
  settings,
  recognize: ({ columns, heads, facts }) => {
    if (columns.length < 2) return undefined;
    const match = matchColumns(columns, heads);
    if (match === undefined) return undefined;
    const all = columns.map(facts);
    if (all.some(({ values, numeric }) => values.size > 0 && !numeric)) return undefined;
    const used = new Set(match.classes.map(({ head }) => head));
    const asked = heads
      .filter(({ name }) => used.has(name))
      .reduce((sum, { classes }) => sum + classes.length, 0);
    if (asked !== columns.length) return undefined;
    return {
      confidence: match.exact ? 0.97 : 0.85,
      evidence: [match.why, 'their cells are numbers'],
      settings: { form: 'class-columns' },
    };
  },
  bind: (given, view) => {
    const chosen = chooseClasses(view, given.columns);
    const used = view.heads.filter((head) => chosen.some((item) => item.head === head.name));
    const places = chosen.map(({ head, class: name }) => ({
      head,
      k: used.find((item) => item.name === head)!.classes.indexOf(name),
    }));
    // A head with classes that nobody asks for sums to less.
    const sums = used
      .filter((head) => head.task === 'single-label')
      .map((head) => ({ head, own: view.columns.filter((_, c) => chosen[c]?.head === head.name) }))
      .filter(({ head, own }) => own.length === head.classes.length)
      .map(({ own }) => own);
    const columns = Object.fromEntries(view.columns.map((name, c) => [name, { ...chosen[c]! }]));
    return {
      settings: { ...given, columns },
      heads: used,
      columns: view.columns.map((name) => ({ name, rule: { kind: 'number', low: 0, high: 1 } })),
      sums,
      writer: (predictions) => {
        const rows = used.map(({ name }) => {
          const own = predictions[name];
          return [name, own && probabilitiesOf(own), own?.argmax()] as const;
        });
        const byHead = new Map(rows.map(([name, values, best]) => [name, { values, best }]));
        return (row) =>
          places.map(({ head, k }) => {
            const { values, best } = byHead.get(head) ?? {};
            const p = values!.row(row)[k]!;
            if (given.values === 'probabilities') return probabilityText(p, given.decimals);
            const decided =
              values?.task === 'single-label' ? best?.[row] === k : p >= Math.fround(given.threshold);
            return decided ? '1' : '0';
          });
      },
    };
  },
});

function chooseClasses(
  view: FormView,
  given: Readonly<Record<string, string | ColumnClass>> | undefined,
): readonly ColumnClass[] {
  if (given !== undefined) return view.columns.map((column) => classOf(view, column, given));
  const match = matchColumns(view.columns, view.heads);
  if (match === undefined) {
    throw settingError('columns', {
      message: `the columns of ${view.sample.file} are not named after classes`,
      expected: view.heads.flatMap(({ classes }) => classes),
      got: view.columns.slice(0, 6).join(', '),
      fix: 'set submission.columns to the class of each column, such as { target_0: cat, target_1: dog }',
    });
  }
  for (const { name, classes } of view.heads) {
    const own = match.classes.filter(({ head }) => head === name);
    const left = classes.find((item) => own.every((column) => column.class !== item));
    if (own.length === 0 || left === undefined) continue;
    throw settingError('columns', {
      message: `the class "${left}" of "${name}" has no column in ${view.sample.file}`,
      expected: `a column for each of the ${classes.length} classes`,
      got: `${own.length} columns`,
      fix: 'see that training labels and sample belong together; if the class is not asked for, set submission.columns',
    });
  }
  return match.classes;
}

function classOf(
  { heads, columns, sample }: FormView,
  column: string,
  given: Readonly<Record<string, string | ColumnClass>>,
): ColumnClass {
  const stranger = Object.keys(given).find((name) => !columns.includes(name));
  if (stranger !== undefined) {
    throw settingError(`columns.${stranger}`, {
      message: `${sample.file} has no such column to fill`,
      expected: columns,
      got: JSON.stringify(stranger),
    });
  }
  const wanted = Object.hasOwn(given, column) ? given[column] : undefined;
  if (wanted === undefined) {
    throw settingError(`columns.${column}`, { expected: 'a class for each column', got: 'nothing' });
  }
  const found = heads.flatMap((head) =>
    head.classes
      .filter((name) =>
        typeof wanted === 'string' ? wanted === name : wanted.head === head.name && wanted.class === name,
      )
      .map((name) => ({ head: head.name, class: name })),
  );
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  throw settingError(`columns.${column}`, {
    ...(found.length > 1 && { message: `${found.length} heads have this class: write { head, class }` }),
    expected: heads.flatMap(({ classes }) => classes),
    got: JSON.stringify(typeof wanted === 'string' ? wanted : wanted.class),
  });
}
