import { PodiumError } from '@podium/core';
import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { decimalsSchema, probabilityText, toProbabilities } from '../columns/probability-text.ts';
import { selectHead } from '../columns/select-head.ts';
import { singleColumn } from '../columns/single-column.ts';
import { defineForm, type FormContext, type SubmissionForm, settingError } from './form.ts';

const POSITIVE = /^(1|true|yes|positive|y|t)$/i;

const settings = z.strictObject({
  head: z
    .string()
    .optional()
    .describe('the head to write; default: the only one, or the one named like the column'),
  positive: z
    .string()
    .optional()
    .describe(
      'the class whose probability to write; default: the one the column is named after, or the one that means yes',
    ),
  decimals: decimalsSchema,
});

/** `id,target`: the probability of one class. */
export const probability: SubmissionForm = defineForm({
  name: 'probability',
  summary: 'id and probability: one column with the probability of one class',
  settings,
  example: {
    sample: 'id,target\n1.jpg,0.5\n2.jpg,0.5\n',
    heads: [{ name: 'target', task: 'single-label', classes: ['no', 'yes'] }],
  },
  detect: (context) => {
    const { columns, heads, needs } = context;
    const [column] = columns;
    if (column === undefined || columns.length > 1) return undefined;
    const head = heads.length === 1 ? heads[0] : heads.find(({ name }) => name === column);
    if (head === undefined || head.classes.length > 2) return undefined;
    const { isNumeric, isInteger, min, max, values } = context.summary(column);
    if (!isNumeric || min < 0 || max > 1) return undefined;
    const positive = positiveClass(head, column);
    const isClass = [...values].every((value) => head.classes.includes(value));
    return {
      confidence: confidenceOf({ needs, isInteger, isClass }),
      evidence: [
        `"${column}" is the only column besides the id, and the head "${head.name}" has ${head.classes.length === 2 ? 'two classes' : 'one class'}`,
        isInteger ? 'its cells are 0 or 1' : 'its cells are fractions',
        ...(needs === 'probabilities' ? ['the metric needs probabilities'] : []),
      ],
      settings: { form: 'probability', head: head.name, positive },
      ...(positive === undefined && {
        required: { key: 'positive', error: positiveRequired(context, column, head) },
      }),
    };
  },
  bind: (given, context) => {
    const column = singleColumn(context, 'probability');
    const head = selectHead(context, given.head, column);
    const positive = given.positive ?? positiveClass(head, column);
    if (positive === undefined) throw positiveRequired(context, column, head);
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
      columns: [{ name: column, type: { kind: 'number', min: 0, max: 1 } }],
      sums: [],
      writer: (predictions) => {
        const values = toProbabilities(predictions.get(head.name)!);
        return (row) => [probabilityText(values.row(row)[k]!, given.decimals)];
      },
    };
  },
});

/** Cells 0 and 1 may be labels or probabilities; the metric decides, if it is known. */
function confidenceOf(seen: {
  readonly needs: FormContext['needs'];
  readonly isInteger: boolean;
  readonly isClass: boolean;
}): number {
  if (seen.needs === 'probabilities') return 0.97;
  if (seen.needs === 'classes') return 0.3;
  if (!seen.isInteger) return 0.95;
  return seen.isClass ? 0.6 : 0.7;
}

/** The class that the column is named after, or that means yes. */
function positiveClass({ classes }: Head, column: string): string | undefined {
  if (classes.length === 1) return classes[0];
  const words = column.toLowerCase().split(/[^a-z0-9]+/);
  const named = classes.filter((name) => words.includes(name.toLowerCase()));
  if (named.length === 1) return named[0];
  const yes = classes.filter((name) => POSITIVE.test(name));
  return yes.length === 1 ? yes[0] : undefined;
}

function positiveRequired({ sample }: FormContext, column: string, head: Head): PodiumError {
  return new PodiumError({
    code: 'submission-form-unclear',
    message: `the column needs a probability, and it is not clear of which class of "${head.name}"`,
    path: { file: sample.file, column },
    expected: head.classes,
    fix: "set submission.positive to that class; the competition's page says which",
  });
}
