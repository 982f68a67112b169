import { PodiumError } from '@podium/core';
import { z } from 'zod';
import { headOf, labelTexts, namesSchema, onlyColumn } from '../columns/label-texts.ts';
import { probabilitiesOf } from '../columns/number-text.ts';
import { defineForm, type FormView, type SubmissionForm } from '../form.ts';

const settings = z.strictObject({
  form: z.literal('label'),
  /** The head that is written; default: the only one. */
  head: z.string().optional(),
  names: namesSchema,
  /** What to write where the model is less sure of its class than this. */
  unsure: z.strictObject({ below: z.number().min(0).max(1), label: z.string() }).optional(),
});

/** `id,label`: the class of each row. */
export const label: SubmissionForm = defineForm({
  name: 'label',
  summary: 'id and label: one column with the class',
  settings,
  recognize: (view) => {
    const [column] = view.columns;
    if (column === undefined || view.columns.length > 1) return undefined;
    const facts = view.facts(column);
    const found = likelyHead(view, column);
    if (found === undefined) return undefined;
    const { head, why, confidence } = found;
    if (head.task === 'multi-label') return undefined;
    const unknown = [...facts.values].find((value) => !head.classes.includes(value));
    const chosen = { form: 'label', ...(view.heads.length > 1 && { head: head.name }) };
    if (unknown === undefined) {
      const cells = facts.values.size === 0 ? 'its cells are empty' : 'its cells are classes of that head';
      return { confidence: found.named ? confidence : 0.85, evidence: [why, cells], settings: chosen };
    }
    // Numbers where classes have names: the competition counts its classes, and nobody but its owner knows how.
    if (facts.whole && !head.classes.every((name) => /^[+-]?\d+$/.test(name))) {
      return {
        confidence: 0.5,
        evidence: [why, `its cells are whole numbers (${unknown}), and the classes have names`],
        settings: chosen,
        unclear: { key: 'names', error: unclearNames(view, column, unknown, head.classes) },
      };
    }
    if (facts.spaced && [...facts.words].every((word) => head.classes.includes(word))) return undefined;
    if (facts.numeric && !facts.whole) return undefined;
    return {
      confidence: 0.5,
      evidence: [why, `its cells are placeholders: "${unknown}" is no class`],
      settings: chosen,
      ...(facts.values.size > 1 && {
        unclear: { key: 'names', error: unclearNames(view, column, unknown, head.classes) },
      }),
    };
  },
  bind: (given, view) => {
    const column = onlyColumn(view, 'label');
    const head = headOf(view, given.head, 'head', column);
    const texts = labelTexts(head, given.names, 'names');
    const { unsure } = given;
    const labels = new Set(unsure === undefined ? texts : [...texts, unsure.label]);
    return {
      settings: { ...given, head: head.name },
      heads: [head],
      columns: [{ name: column, rule: { kind: 'label', labels } }],
      sums: [],
      writer: (predictions) => {
        const own = predictions[head.name];
        if (own === undefined) return () => [];
        const best = own.argmax();
        const sure = unsure === undefined ? undefined : probabilitiesOf(own);
        return (row) => {
          const k = best[row]!;
          const p = sure!.row(row)[k]!;
          return [unsure !== undefined && p < Math.fround(unsure.below) ? unsure.label : texts[k]!];
        };
      },
    };
  },
});

/** The head whose name or whose classes fit the column. */
function likelyHead(view: FormView, column: string) {
  const { heads } = view;
  const [only] = heads;
  if (only === undefined) return undefined;
  if (heads.length === 1) {
    return {
      head: only,
      confidence: 0.9,
      named: true,
      why: `"${column}" is the one column beside the id, "${only.name}" the one head`,
    };
  }
  const same = heads.find((head) => head.name === column);
  if (same !== undefined) {
    return {
      head: same,
      confidence: 0.9,
      named: true,
      why: `"${column}" is the one column beside the id, and a head has its name`,
    };
  }
  const { values } = view.facts(column);
  const fitting = heads.filter(
    (head) => values.size > 0 && [...values].every((value) => head.classes.includes(value)),
  );
  const largest = fitting.sort((a, b) => b.classes.length - a.classes.length)[0];
  if (largest === undefined) return undefined;
  const why = `"${column}" is the one column beside the id, and of all heads "${largest.name}" has its cells as classes`;
  return { head: largest, confidence: 0.85, named: false, why };
}

function unclearNames(view: FormView, column: string, unknown: string, classes: readonly string[]) {
  return new PodiumError({
    code: 'submission-form-unclear',
    message: 'the cells of the sample submission are no classes of the training table',
    path: { file: view.sample.file, column },
    expected: classes,
    got: JSON.stringify(unknown),
    fix: 'set submission.names to what the competition calls each class, such as { cat: "0", dog: "1" }; if the sample is only filled with placeholders, set submission.form to label',
  });
}
