import { PodiumError } from '@podium/core';
import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { labelTexts, namesSchema } from '../columns/label-texts.ts';
import { toProbabilities } from '../columns/probability-text.ts';
import { selectHead } from '../columns/select-head.ts';
import { singleColumn } from '../columns/single-column.ts';
import { defineForm, type FormContext, type SubmissionForm } from './form.ts';

const settings = z.strictObject({
  head: z
    .string()
    .optional()
    .describe('the head to write; default: the only one, or the one named like the column'),
  names: namesSchema,
  unsure: z
    .strictObject({
      below: z.number().min(0).max(1).describe('probability below which the model is unsure'),
      label: z.string().describe('what to write then'),
    })
    .optional()
    .describe('a label for rows whose likeliest class is improbable, such as { below: 0.5, label: unknown }'),
});

/** `id,label`: one class per row. */
export const label: SubmissionForm = defineForm({
  name: 'label',
  summary: 'id and label: one column with the class',
  settings,
  example: {
    sample: 'id,label\n1.jpg,cat\n2.jpg,cat\n',
    heads: [{ name: 'label', task: 'single-label', classes: ['cat', 'dog', 'owl'] }],
  },
  detect: (context) => {
    const [column] = context.columns;
    if (column === undefined || context.columns.length > 1) return undefined;
    const { values, words, maxWords, isInteger, isNumeric } = context.summary(column);
    const candidate = likelyHead(context, column);
    if (candidate === undefined) return undefined;
    const { head, evidence, confidence } = candidate;
    if (head.task === 'multi-label') return undefined;
    const unknown = [...values].find((value) => !head.classes.includes(value));
    const chosen = { form: 'label', ...(context.heads.length > 1 && { head: head.name }) };
    if (unknown === undefined) {
      const cells = values.size === 0 ? 'its cells are empty' : 'its cells are classes of that head';
      return { confidence, evidence: [evidence, cells], settings: chosen };
    }
    const needNames = { key: 'names', error: namesRequired(context, column, unknown, head.classes) };
    // Numbers instead of class names: only the competition's page says which number is which class.
    if (isInteger && !head.classes.every((name) => /^[+-]?\d+$/.test(name))) {
      return {
        confidence: 0.5,
        evidence: [evidence, `its cells are integers (${unknown}), and the classes have names`],
        settings: chosen,
        required: needNames,
      };
    }
    if (maxWords > 1 && [...words].every((word) => head.classes.includes(word))) return undefined;
    if (isNumeric && !isInteger) return undefined;
    return {
      confidence: 0.5,
      evidence: [evidence, `its cells are placeholders: "${unknown}" is not a class`],
      settings: chosen,
      ...(values.size > 1 && { required: needNames }),
    };
  },
  bind: (given, context) => {
    const column = singleColumn(context, 'label');
    const head = selectHead(context, given.head, column);
    const texts = labelTexts(head, given.names, 'names');
    const { unsure } = given;
    const labels = new Set(unsure === undefined ? texts : [...texts, unsure.label]);
    return {
      settings: { ...given, head: head.name },
      heads: [head],
      columns: [{ name: column, type: { kind: 'label', labels } }],
      sums: [],
      writer: (predictions) => {
        const values = predictions.get(head.name)!;
        const best = values.argmax();
        if (unsure === undefined) return (row) => [texts[best[row]!]!];
        const probabilities = toProbabilities(values);
        return (row) => {
          const k = best[row]!;
          const isUnsure = probabilities.row(row)[k]! < Math.fround(unsure.below);
          return [isUnsure ? unsure.label : texts[k]!];
        };
      },
    };
  },
});

/** The head whose name or classes match the column. */
function likelyHead(
  { heads, summary }: FormContext,
  column: string,
): { readonly head: Head; readonly confidence: number; readonly evidence: string } | undefined {
  const [first] = heads;
  if (first === undefined) return undefined;
  const only = `"${column}" is the only column besides the id`;
  if (heads.length === 1)
    return { head: first, confidence: 0.9, evidence: `${only}, and "${first.name}" is the only head` };
  const namesake = heads.find((head) => head.name === column);
  if (namesake !== undefined)
    return { head: namesake, confidence: 0.9, evidence: `${only}, and a head has its name` };
  const values = [...summary(column).values];
  const matching = heads.filter(
    ({ classes }) => values.length > 0 && values.every((value) => classes.includes(value)),
  );
  const largest = matching.sort((a, b) => b.classes.length - a.classes.length)[0];
  if (largest === undefined) return undefined;
  return {
    head: largest,
    confidence: 0.85,
    evidence: `${only}, and its cells are classes of "${largest.name}"`,
  };
}

function namesRequired(
  { sample }: FormContext,
  column: string,
  unknown: string,
  classes: readonly string[],
): PodiumError {
  return new PodiumError({
    code: 'submission-form-unclear',
    message: 'the cells of the sample submission are not classes of the training table',
    path: { file: sample.file, column },
    expected: classes,
    got: JSON.stringify(unknown),
    fix: 'set submission.names to the label of each class, such as { cat: "0", dog: "1" }; if the cells are only placeholders, set submission.form to label',
  });
}
