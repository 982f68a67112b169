import { PodiumError } from '@podium/core';
import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { type CellFit, cellFit } from '../columns/cell-fit.ts';
import { labelTexts, namesChoice, namesSchema } from '../columns/label-texts.ts';
import { toProbabilities } from '../columns/probability-text.ts';
import { headChoice, selectHead } from '../columns/select-head.ts';
import { exampleNames, yamlText } from '../columns/show-names.ts';
import { singleColumn } from '../columns/single-column.ts';
import { labelTarget } from '../columns/targets.ts';
import { defineForm, FORM_KEY, type FormContext, OPTIONS_KEY, type SubmissionForm } from './form.ts';

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

/** How likely it is that cells which fit in this way are labels. */
const CONFIDENCE: Readonly<Record<Exclude<CellFit['kind'], 'labels'>, number>> = {
  // As likely as a probability that is written 0.0: the metric decides.
  numbers: 0.65,
  placeholder: 0.5,
  'other-names': 0.5,
  impossible: 0.3,
};

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
    const candidate = likelyHead(context, column);
    if (candidate === undefined) return noHead(context, column);
    const { head, evidence, confidence } = candidate;
    if (head.task === 'multi-label') return undefined;
    const chosen = { form: 'label', ...(context.heads.length > 1 && { head: head.name }) };
    const summary = context.summary(column);
    const fit = cellFit(summary, new Set(head.classes));
    if (fit.kind === 'labels') {
      const cells = summary.values.size === 0 ? 'its cells are empty' : 'its cells are classes of that head';
      return { confidence, evidence: [evidence, cells], settings: chosen };
    }
    return {
      confidence: CONFIDENCE[fit.kind],
      evidence: [evidence, evidenceOf(fit)],
      settings: chosen,
      ...(fit.kind === 'other-names' && {
        required: { key: 'names', error: namesRequired(context, column, fit.value, head.classes) },
      }),
      ...(fit.kind === 'impossible' && { veto: fit.veto }),
    };
  },
  bind: (given, context) => {
    const column = singleColumn(context, 'label');
    const head = selectHead(context, given.head, column);
    const texts = labelTexts(head, given.names, 'names');
    const { unsure } = given;
    const written = unsure === undefined || texts.includes(unsure.label) ? texts : [...texts, unsure.label];
    return {
      settings: { ...given, head: head.name },
      heads: [head],
      columns: [{ name: column, type: { kind: 'label', labels: new Set(written) } }],
      sums: [],
      targets: [labelTarget(head, written)],
      choices: [headChoice(context, head, column), ...namesChoice(context, head, column)],
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

function evidenceOf(fit: CellFit & { readonly value: string }): string {
  const cell = JSON.stringify(fit.value);
  if (fit.kind === 'numbers') return `its cells are numbers of classes, written differently (${cell})`;
  if (fit.kind === 'placeholder') return `its cells are placeholders: ${cell} is not a class`;
  return `its cells are not classes (${cell})`;
}

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
    ({ classes, task }) =>
      task === 'single-label' && values.length > 0 && values.every((value) => classes.includes(value)),
  );
  const largest = matching.sort((a, b) => b.classes.length - a.classes.length)[0];
  if (largest === undefined) return undefined;
  return {
    head: largest,
    confidence: 0.85,
    evidence: `${only}, and its cells are classes of "${largest.name}"`,
  };
}

/** Several heads, and none that the column is about. */
function noHead({ heads, summary }: FormContext, column: string) {
  const [head] = heads.filter(({ task }) => task === 'single-label');
  if (head === undefined) return undefined;
  const [value] = summary(column).values;
  const cell = value === undefined ? 'its cells are empty' : `${JSON.stringify(value)} is a class of none`;
  return {
    confidence: 0.2,
    evidence: [],
    settings: { form: 'label' },
    veto: {
      why: `no head is called "${column}", and ${cell}`,
      fix: `set ${OPTIONS_KEY}.head: ${yamlText(head.name)} (or another head that fills the column)`,
      key: 'head',
    },
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
    fix: `set ${OPTIONS_KEY}.names: ${exampleNames(classes)} with the competition's label of each class; if the cells are only placeholders, set ${FORM_KEY}: label`,
  });
}
