import { PodiumError } from '@podium/core';
import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { positiveOf } from '../columns/positive-class.ts';
import {
  decimalsChoice,
  decimalsSchema,
  probabilityText,
  toProbabilities,
} from '../columns/probability-text.ts';
import { headChoice, selectHead } from '../columns/select-head.ts';
import { yamlText } from '../columns/show-names.ts';
import { singleColumn } from '../columns/single-column.ts';
import { indicesOf } from '../columns/targets.ts';
import { parseNumber } from '../csv/parse-number.ts';
import {
  defineForm,
  FORM_KEY,
  type FormContext,
  OPTIONS_KEY,
  type ScoredTarget,
  type SubmissionForm,
  settingError,
} from './form.ts';

/** Numbers, but not probabilities: other forms are nearer. */
const OUT_OF_RANGE = 0.25;

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
    if (head === undefined) return undefined;
    const summary = context.summary(column);
    const { isNumeric, isWhole, values, min, max } = summary;
    if (values.size > 0 && !isNumeric) return undefined;
    const positive = positiveOf(head, column);
    const isClass = [...values].every((value) => head.classes.includes(value));
    const count = head.classes.length;
    return {
      confidence:
        min < 0 || max > 1
          ? OUT_OF_RANGE
          : confidenceOf({ needs, isWhole, isClass, isEmpty: values.size === 0 }),
      evidence: [
        `"${column}" is the only column besides the id, and the head "${head.name}" has ${count === 2 ? 'two classes' : count === 1 ? 'one class' : `${count} classes`}`,
        values.size === 0
          ? 'its cells are empty'
          : isWhole
            ? 'its cells are 0 or 1'
            : 'its cells are fractions',
        ...(needs === 'probabilities' ? ['the metric needs probabilities'] : []),
      ],
      settings: { form: 'probability', head: head.name, positive: positive?.name },
      ...(positive === undefined &&
        count <= 2 && { required: { key: 'positive', error: positiveRequired(context, column, head) } }),
      // Without a class, nothing can be bound and compared with the metric.
      ...(needs === 'classes' &&
        positive === undefined && {
          veto: {
            why: 'it writes probabilities, and the metric scores classes',
            fix: `set metric: log-loss (or another one that scores probabilities), or ${FORM_KEY}: probability`,
          },
        }),
      ...(count > 2 && {
        veto: {
          why: `"${column}" has room for the probability of one class, and "${head.name}" has ${count} classes`,
          fix: `set ${OPTIONS_KEY}.positive: ${yamlText(head.classes[0]!)} (or another class whose probability it is)`,
          key: 'positive',
        },
      }),
    };
  },
  bind: (given, context) => {
    const column = singleColumn(context, 'probability');
    const head = selectHead(context, given.head, column);
    const found = positiveOf(head, column);
    const positive = given.positive ?? found?.name;
    if (positive === undefined) throw positiveRequired(context, column, head);
    const k = head.classes.indexOf(positive);
    if (k === -1) {
      throw settingError('positive', {
        message: `the head "${head.name}" has no such class`,
        expected: head.classes,
        got: JSON.stringify(positive),
        fix: `set ${OPTIONS_KEY}.positive: ${yamlText(head.classes[0]!)} (or another class)`,
      });
    }
    return {
      settings: { ...given, head: head.name, positive },
      heads: [head],
      columns: [{ name: column, type: { kind: 'number', min: 0, max: 1 } }],
      sums: [],
      targets: [positiveTarget(head, positive)],
      choices: [
        headChoice(context, head, column),
        { key: 'positive', value: positive, reason: found?.reason ?? '' },
        decimalsChoice,
      ],
      writer: (predictions) => {
        const values = toProbabilities(predictions.get(head.name)!);
        return (row) => [probabilityText(values.row(row)[k]!, given.decimals)];
      },
    };
  },
});

/** One class against the rest. The class comes second, as graders of two classes expect it. */
function positiveTarget(head: Head, positive: string): ScoredTarget {
  const k = head.classes.indexOf(positive);
  const isMulti = head.task === 'multi-label';
  const others = head.classes.filter((name) => name !== positive);
  const rest = others.length === 1 ? others[0]! : `not ${positive}`;
  return {
    name: head.name,
    heads: [head.name],
    task: head.task,
    classes: isMulti ? [positive] : [rest, positive],
    truth: (label) => {
      const isTrue = indicesOf(head, label(head.name))?.includes(k);
      if (isTrue === undefined) return undefined;
      return isMulti ? (isTrue ? [0] : []) : [isTrue ? 1 : 0];
    },
    read: (cells) => {
      const p = parseNumber(cells[0]!);
      return isMulti
        ? [[0, p]]
        : [
            [0, 1 - p],
            [1, p],
          ];
    },
  };
}

/** Cells 0 and 1 may be labels or probabilities; the metric decides, if it is known. */
function confidenceOf(seen: {
  readonly needs: FormContext['needs'];
  readonly isWhole: boolean;
  readonly isClass: boolean;
  readonly isEmpty: boolean;
}): number {
  if (seen.needs === 'probabilities') return 0.97;
  if (seen.isEmpty) return 0.5;
  if (!seen.isWhole) return 0.95;
  return seen.isClass ? 0.6 : 0.65;
}

function positiveRequired({ sample }: FormContext, column: string, head: Head): PodiumError {
  const example = yamlText(head.classes.at(-1) ?? 'CLASS');
  return new PodiumError({
    code: 'submission-form-unclear',
    message: `the column needs a probability, and it is not clear of which class of "${head.name}"`,
    path: { file: sample.file, column },
    expected: head.classes,
    fix: `set ${OPTIONS_KEY}.positive: ${example} (or another class; the competition's page says which)`,
  });
}
