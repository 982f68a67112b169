import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { byName } from '../columns/by-name.ts';
import { numberText } from '../columns/number-text.ts';
import { shortList, yamlText } from '../columns/show-names.ts';
import { parseNumber } from '../csv/parse-number.ts';
import {
  defineForm,
  type FormContext,
  OPTIONS_KEY,
  type ScoredTarget,
  type SubmissionForm,
  settingError,
} from './form.ts';

const settings = z.strictObject({
  columns: byName(z.string())
    .optional()
    .describe('the predicted number of each column, such as { y: age }; default: the one of the same name'),
  decimals: z
    .int()
    .min(0)
    .max(15)
    .optional()
    .describe(
      'decimals of each number, 0 for whole ones; default: the fewest that give back the same float32',
    ),
});

/** A column of numbers of a head. */
interface NumberOf {
  readonly head: Head;
  /** Index among the head's columns. */
  readonly k: number;
}

/** `id,age`: predicted numbers, one column each. */
export const numbers: SubmissionForm = defineForm({
  name: 'numbers',
  summary: 'id and predicted numbers, one column each',
  predicts: 'numbers',
  settings,
  example: {
    sample: 'id,age\n1.jpg,0.0\n2.jpg,0.0\n',
    heads: [{ name: 'age', task: 'regression', classes: ['age'] }],
  },
  detect: ({ columns, heads, summary }) => {
    if (columns.length === 0) return undefined;
    if (columns.some((name) => summary(name).values.size > 0 && !summary(name).isNumeric)) return undefined;
    const matched = columns.map((column) => named(heads, column));
    const unknown = columns.find((_, c) => matched[c] === undefined);
    const isOnly = columns.length === 1 && allNumbers(heads).length === 1;
    return {
      confidence: unknown === undefined ? 0.97 : isOnly ? 0.9 : 0.4,
      evidence: [
        unknown === undefined
          ? `${columns.length === 1 ? 'the column is' : 'the columns are'} named like the predicted ${columns.length === 1 ? 'number' : 'numbers'}`
          : 'its cells are numbers, as the predictions are',
      ],
      settings: { form: 'numbers' },
      ...(unknown !== undefined &&
        !isOnly && {
          veto: {
            why: `no predicted number is called ${JSON.stringify(unknown)}`,
            fix: `set ${OPTIONS_KEY}.columns: { ${yamlText(unknown)}: ${yamlText(namesOf(heads)[0] ?? 'NUMBER')} } (the number that fills it)`,
            key: 'columns',
          },
        }),
    };
  },
  bind: (given, context) => {
    const { columns, heads } = context;
    const chosen = new Map(Object.entries(given.columns ?? {}));
    const filled = columns.map((column) => numberOf(context, column, chosen.get(column)));
    const unique = [...new Set(filled.map(({ head }) => head))];
    return {
      settings: {
        ...given,
        columns: Object.fromEntries(columns.map((column, c) => [column, nameOf(filled[c]!)])),
      },
      heads: unique,
      columns: columns.map((name, c) => {
        const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = filled[c]!.head;
        return { name, type: { kind: 'number', min, max } };
      }),
      sums: [],
      information: 'numbers',
      targets: unique.map((head) => targetOf(head, filled)),
      choices: [
        {
          key: 'columns',
          value: shortList(columns.map((column, c) => `${column}: ${nameOf(filled[c]!)}`)),
          reason: columns.every((column) => named(heads, column))
            ? 'the names are the same'
            : 'the only number',
        },
        {
          key: 'decimals',
          value: 'as few as give back the same float32',
          reason: 'the default',
        },
      ],
      writer: (predictions) => {
        const values = filled.map(({ head }) => predictions.get(head.name)!);
        return (row) => filled.map(({ k }, c) => numberText(values[c]!.row(row)[k]!, given.decimals));
      },
    };
  },
});

/** The numbers of a head that the form writes. */
function targetOf(head: Head, filled: readonly NumberOf[]): ScoredTarget {
  const written = filled.flatMap((own, column) => (own.head === head ? [{ k: own.k, column }] : []));
  return {
    name: head.name,
    heads: [head.name],
    task: 'regression',
    classes: written.map(({ k }) => head.classes[k]!),
    weights: head.weights && written.map(({ k }) => head.weights![k]!),
    truth: (label) => {
      const own = label(head.name);
      if (own === undefined || typeof own === 'string') return undefined;
      return written.map(({ k }) => Number(own[k]));
    },
    read: (cells) => written.map(({ column }, i) => [i, parseNumber(cells[column]!)]),
  };
}

function allNumbers(heads: readonly Head[]): NumberOf[] {
  return heads.flatMap((head) => head.classes.map((_, k) => ({ head, k })));
}

/** How settings call a number: by its column in the training table. */
function nameOf({ head, k }: NumberOf): string {
  return head.classes[k]!;
}

function namesOf(heads: readonly Head[]): string[] {
  return allNumbers(heads).map(nameOf);
}

/** The number with this name, or the only one of the head with this name; exactly, or but for case, spaces and hyphens. */
function named(heads: readonly Head[], column: string): NumberOf | undefined {
  const all = allNumbers(heads);
  const plain = (name: string) => name.toLowerCase().replaceAll(/[-_\s]/g, '');
  return (
    all.find((own) => nameOf(own) === column) ??
    all.find(({ head }) => head.classes.length === 1 && head.name === column) ??
    all.find((own) => plain(nameOf(own)) === plain(column))
  );
}

function numberOf(
  { heads, columns, sample }: FormContext,
  column: string,
  given: string | undefined,
): NumberOf {
  const all = allNumbers(heads);
  const only = columns.length === 1 && all.length === 1 ? all[0] : undefined;
  const found = given === undefined ? (named(heads, column) ?? only) : named(heads, given);
  if (found !== undefined) return found;
  throw settingError(`columns.${column}`, {
    message:
      given === undefined ? `no predicted number fills this column of ${sample.file}` : 'unknown number',
    expected: namesOf(heads),
    ...(given !== undefined && { got: JSON.stringify(given) }),
    fix: `set ${OPTIONS_KEY}.columns: { ${yamlText(column)}: ${yamlText(namesOf(heads)[0] ?? 'NUMBER')} } (the number that fills it), or ${OPTIONS_KEY}.keep: [${yamlText(column)}]`,
  });
}
