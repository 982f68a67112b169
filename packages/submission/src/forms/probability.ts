import { PodiumError } from '@podium/core';
import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { headOf, onlyColumn } from '../columns/label-texts.ts';
import { decimalsSchema, probabilitiesOf, probabilityText } from '../columns/number-text.ts';
import { defineForm, type FormView, type SubmissionForm, settingError } from '../form.ts';

const POSITIVE = /^(1|true|yes|positive|y|t)$/i;

const settings = z.strictObject({
  form: z.literal('probability'),
  head: z.string().optional(),
  /** The class whose probability is asked for. */
  positive: z.string().optional(),
  decimals: decimalsSchema,
});

/** `id,target`: how likely the one class that is asked for is. */
export const probability: SubmissionForm = defineForm({
  name: 'probability',
  summary: 'id and probability: one column with the probability of one class',
  settings,
  recognize: (view) => {
    const [column] = view.columns;
    if (column === undefined || view.columns.length > 1) return undefined;
    const head = view.heads.length === 1 ? view.heads[0] : view.heads.find(({ name }) => name === column);
    if (head === undefined || head.classes.length > 2) return undefined;
    const facts = view.facts(column);
    if (!facts.numeric || facts.low < 0 || facts.high > 1) return undefined;
    const isClass = [...facts.values].every((value) => head.classes.includes(value));
    const confidence =
      view.needs === 'probabilities'
        ? 0.97
        : view.needs === 'classes'
          ? 0.3
          : facts.whole
            ? isClass
              ? 0.6
              : 0.7
            : 0.95;
    const positive = positiveClass(head, column);
    return {
      confidence,
      evidence: [
        `"${column}" is the one column beside the id, and the head "${head.name}" has ${head.classes.length === 2 ? 'two classes' : 'one class'}`,
        facts.whole ? 'its cells are 0 or 1' : 'its cells are fractions',
        ...(view.needs === 'probabilities' ? ['the metric looks at probabilities'] : []),
      ],
      settings: { form: 'probability', head: head.name, positive },
      ...(positive === undefined && {
        unclear: { key: 'positive', error: unclearPositive(view, column, head) },
      }),
    };
  },
  bind: (given, view) => {
    const column = onlyColumn(view, 'probability');
    const head = headOf(view, given.head, 'head', column);
    const positive = given.positive ?? positiveClass(head, column);
    if (positive === undefined) throw unclearPositive(view, column, head);
    const k = head.classes.indexOf(positive);
    if (k === -1) {
      throw settingError('positive', {
        message: `the head "${head.name}" has no such class`,
        expected: head.classes,
        got: JSON.stringify(positive),
      });
    }
    return {
      settings: { ...given, head: head.name, positive },
      heads: [head],
      columns: [{ name: column, rule: { kind: 'number', low: 0, high: 1 } }],
      sums: [],
      writer: (predictions) => {
        const own = predictions[head.name];
        if (own === undefined) return () => [];
        const values = probabilitiesOf(own);
        return (row) => [probabilityText(values.row(row)[k]!, given.decimals)];
      },
    };
  },
});

/** The class that means yes, or that the column is named after. */
function positiveClass({ classes }: Head, column: string): string | undefined {
  if (classes.length === 1) return classes[0];
  const named = classes.filter((name) =>
    column
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .includes(name.toLowerCase()),
  );
  if (named.length === 1) return named[0];
  const yes = classes.filter((name) => POSITIVE.test(name));
  return yes.length === 1 ? yes[0] : undefined;
}

function unclearPositive(view: FormView, column: string, head: Head): PodiumError {
  return new PodiumError({
    code: 'submission-form-unclear',
    message: `the column asks for a probability, and it is not clear of which class of "${head.name}"`,
    path: { file: view.sample.file, column },
    expected: head.classes,
    fix: "set submission.positive to the class; the competition's page says which",
  });
}
