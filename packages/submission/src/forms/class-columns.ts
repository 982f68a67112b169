import type { Predictions } from '@podium/core';
import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { byName } from '../columns/by-name.ts';
import { type ColumnClass, type MatchedColumn, matchColumns } from '../columns/match-columns.ts';
import { positiveOf } from '../columns/positive-class.ts';
import {
  decimalsChoice,
  decimalsSchema,
  probabilityText,
  toProbabilities,
} from '../columns/probability-text.ts';
import { shortList, yamlText } from '../columns/show-names.ts';
import { indicesOf } from '../columns/targets.ts';
import { parseNumber } from '../csv/parse-number.ts';
import {
  type CellType,
  defineForm,
  type FormContext,
  OPTIONS_KEY,
  type ScoredTarget,
  type SubmissionForm,
  settingError,
} from './form.ts';

type ClassSetting = string | ColumnClass;
type Values = 'probabilities' | 'zero-one' | 'true-false';

const DEFAULT_THRESHOLD = 0.5;

const settings = z.strictObject({
  columns: byName(z.union([z.string(), z.strictObject({ head: z.string(), class: z.string() })]))
    .optional()
    .describe('the class of each column, such as { target_0: cat }; default: matched by name'),
  values: z
    .enum(['probabilities', 'zero-one', 'true-false'])
    .optional()
    .describe(
      '`zero-one` writes 1 for predicted classes and 0 for the others, `true-false` writes True and False; ' +
        'default: by the cells of the sample and the metric',
    ),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      `without probabilities: probability from which a class of a multi-label head is predicted; default: ${DEFAULT_THRESHOLD}`,
    ),
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
  detect: ({ columns, heads }) => {
    if (columns.length < 2) return undefined;
    const match = matchColumns(columns, heads);
    if (match === undefined) return nearMiss(columns, heads);
    const missing = match.isComplete ? undefined : missingClass(match.classes, heads);
    return {
      confidence: match.exact ? 0.97 : 0.85,
      evidence: [match.evidence],
      settings: { form: 'class-columns' },
      ...(missing !== undefined && { veto: { why: missing.message, fix: missing.fix, key: 'columns' } }),
    };
  },
  bind: (given, context) => {
    const { columns } = context;
    const classes = chooseClasses(context, given.columns);
    const heads = context.heads.filter((head) => classes.some((item) => item.head === head.name));
    const sources = classes.map(({ head, class: name }) => ({
      head,
      k: heads.find((item) => item.name === head)!.classes.indexOf(name),
    }));
    // The columns of a head sum to 1 only if all of its classes have one.
    const sums = heads
      .filter((head) => head.task === 'single-label')
      .map((head) => ({ head, names: columns.filter((_, c) => classes[c]!.head === head.name) }))
      .filter(({ head, names }) => names.length === head.classes.length)
      .map(({ names }) => names);
    const kind = likelyValues(context, given.threshold !== undefined);
    const values = given.values ?? kind.values;
    const hasThreshold = values !== 'probabilities' && heads.some(({ task }) => task === 'multi-label');
    assertUsed(given, values, hasThreshold);
    const texts = textsOf(values, context);
    const threshold = Math.fround(given.threshold ?? DEFAULT_THRESHOLD);
    const type: CellType =
      texts !== undefined && values === 'true-false'
        ? { kind: 'label', labels: new Set(texts) }
        : { kind: 'number', min: 0, max: 1 };
    return {
      settings: {
        ...given,
        values,
        ...(hasThreshold && { threshold: given.threshold ?? DEFAULT_THRESHOLD }),
        columns: Object.fromEntries(
          columns.map((name, c) => [name, { head: classes[c]!.head, class: classes[c]!.class }]),
        ),
      },
      heads,
      columns: columns.map((name) => ({ name, type })),
      sums: values === 'true-false' ? [] : sums,
      information: values === 'probabilities' ? 'probabilities' : 'classes',
      targets: heads.map((head) => columnsTarget(head, sources, texts?.[1])),
      choices: [
        {
          key: 'columns',
          value: shortList(columns.map((name, c) => `${name}: ${classes[c]!.class}`)),
          reason: matchColumns(columns, context.heads)?.evidence ?? 'matched by name',
        },
        { key: 'values', value: values, reason: kind.reason },
        ...(values === 'probabilities' ? [decimalsChoice] : []),
      ],
      writer: (predictions) => {
        const byHead = new Map(heads.map(({ name }) => [name, predictedOf(predictions.get(name)!)]));
        return (row) =>
          sources.map(({ head, k }) => {
            const { probabilities, best } = byHead.get(head)!;
            const p = probabilities.row(row)[k]!;
            if (texts === undefined) return probabilityText(p, given.decimals);
            const isPredicted = probabilities.task === 'single-label' ? best[row] === k : p >= threshold;
            return texts[isPredicted ? 1 : 0];
          });
      },
    };
  },
});

/** What is written for no and yes; undefined for probabilities. Truth values have the case of the sample's. */
function textsOf(values: Values, { columns, summary }: FormContext): readonly [string, string] | undefined {
  if (values === 'probabilities') return undefined;
  if (values === 'zero-one') return ['0', '1'];
  const [cell = ''] = columns.flatMap((column) => [...summary(column).values]);
  if (/^(true|false)$/.test(cell)) return ['false', 'true'];
  return /^(TRUE|FALSE)$/.test(cell) ? ['FALSE', 'TRUE'] : ['False', 'True'];
}

/** @throws PodiumError `submission-settings` for a setting that would have no effect */
function assertUsed(
  given: { readonly threshold?: number | undefined; readonly decimals?: number | undefined },
  values: Values,
  hasThreshold: boolean,
): void {
  if (given.decimals !== undefined && values !== 'probabilities') {
    throw settingError('decimals', {
      expected: `nothing: \`${values}\` writes no probabilities`,
      got: String(given.decimals),
      fix: `leave it out, or set ${OPTIONS_KEY}.values: probabilities`,
    });
  }
  const { threshold = DEFAULT_THRESHOLD } = given;
  if (threshold === DEFAULT_THRESHOLD || hasThreshold) return;
  throw settingError('threshold', {
    expected:
      values === 'probabilities'
        ? 'nothing: probabilities are written as they are'
        : 'nothing: of mutually exclusive classes, the likeliest is predicted',
    got: String(threshold),
    fix: values === 'probabilities' ? `leave it out, or set ${OPTIONS_KEY}.values: zero-one` : 'leave it out',
  });
}

function predictedOf(predictions: Predictions) {
  return { probabilities: toProbabilities(predictions), best: predictions.argmax() };
}

/** What the cells are, by those of the sample and by what the metric needs. */
function likelyValues(
  { columns, summary, needs }: FormContext,
  hasThreshold: boolean,
): {
  readonly values: Values;
  readonly reason: string;
} {
  const summaries = columns.map(summary);
  const cells = summaries.flatMap((column) => [...column.values]);
  if (cells.length > 0 && cells.every((cell) => /^(true|false)$/i.test(cell)))
    return { values: 'true-false', reason: 'the cells of the sample are True or False' };
  const areZeroOrOne = cells.every((cell) => [0, 1].includes(parseNumber(cell)));
  if (needs === 'classes' && areZeroOrOne)
    return {
      values: 'zero-one',
      reason: 'the cells of the sample are 0 or 1, and the metric scores classes',
    };
  if (hasThreshold && areZeroOrOne)
    return { values: 'zero-one', reason: 'the cells of the sample are 0 or 1, and a threshold is set' };
  return {
    values: 'probabilities',
    reason: areZeroOrOne
      ? 'the cells of the sample are 0 or 1, and no metric asks for classes'
      : 'the cells of the sample are fractions',
  };
}

/**
 * The columns of one head. What is left to 1 belongs to classes without a column; of several labels, only those with a column
 * are scored.
 */
function columnsTarget(
  head: Head,
  sources: readonly { readonly head: string; readonly k: number }[],
  yes: string | undefined,
): ScoredTarget {
  const own = sources.flatMap(({ head: name, k }, c) => (name === head.name ? [{ k, c }] : []));
  const isMulti = head.task === 'multi-label';
  const written = own.map(({ k }) => k).sort((a, b) => a - b);
  const missing = isMulti ? [] : [...head.classes.keys()].filter((k) => !written.includes(k));
  // Of two classes, graders take the second one for the positive one.
  const scoredClasses = [...missing, ...written];
  const numberOf = (cell: string) => (yes === undefined ? parseNumber(cell) : cell.trim() === yes ? 1 : 0);
  return {
    name: head.name,
    heads: [head.name],
    task: head.task,
    classes: scoredClasses.map((k) => head.classes[k]!),
    truth: (label) =>
      indicesOf(head, label(head.name))?.flatMap((k) => {
        const at = scoredClasses.indexOf(k);
        return at === -1 ? [] : [at];
      }),
    read: (cells) => {
      const values = own.map(({ k, c }) => [scoredClasses.indexOf(k), numberOf(cells[c]!)] as const);
      if (missing.length === 0) return values;
      const rest = Math.max(0, 1 - values.reduce((sum, [, value]) => sum + value, 0));
      return [...missing.map((_, k) => [k, rest / missing.length] as const), ...values];
    },
  };
}

/** Each column is named after a head, and it is not clear which of its classes means yes. */
function unclearHeads(columns: readonly string[], heads: readonly Head[]) {
  const own = columns.map((column) => heads.find(({ name }) => name.toLowerCase() === column.toLowerCase()));
  const unclear = own.find((head) => head !== undefined && positiveOf(head, '') === undefined);
  if (own.includes(undefined) || unclear === undefined) return undefined;
  const pairs = columns.map((column, c) => {
    const { name, classes } = own[c]!;
    const chosen = positiveOf(own[c]!, '')?.name ?? classes.at(-1)!;
    return `${yamlText(column)}: { head: ${yamlText(name)}, class: ${yamlText(chosen)} }`;
  });
  return {
    confidence: 0.8,
    evidence: [],
    settings: { form: 'class-columns' },
    veto: {
      why: `it is not clear of which class of "${unclear.name}" the column has the probability (${unclear.classes.slice(0, 5).join(', ')})`,
      fix: `set ${OPTIONS_KEY}.columns: { ${pairs.join(', ')} } (or other classes)`,
      key: 'columns',
    },
  };
}

/** Some columns are named after classes of a head, and others are not. */
function nearMiss(columns: readonly string[], heads: readonly Head[]) {
  const near = heads
    .map(({ name, classes }) => ({ name, others: columns.filter((column) => !classes.includes(column)) }))
    .filter(({ others }) => others.length < columns.length)
    .sort((a, b) => a.others.length - b.others.length)[0];
  if (near === undefined) return unclearHeads(columns, heads);
  const shown = near.others
    .slice(0, 3)
    .map((column) => JSON.stringify(column))
    .join(', ');
  return {
    confidence: 0.6 * (1 - near.others.length / columns.length),
    evidence: [],
    settings: { form: 'class-columns' },
    veto: {
      why: `${shown}${near.others.length > 3 ? ', ...' : ''} is not a class of "${near.name}"`,
      key: 'columns',
    },
  };
}

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
      fix: `set ${OPTIONS_KEY}.columns: ${exampleColumns(columns, heads)} (the class of each column)`,
    });
  }
  const missing = match.isComplete ? undefined : missingClass(match.classes, heads);
  if (missing === undefined) return match.classes;
  throw settingError('columns', {
    message: `${missing.message} in ${sample.file}`,
    expected: 'a column for each class',
    got: `${columns.length} columns`,
    fix: missing.fix,
  });
}

/** The first class of the matched heads that has no column. */
function missingClass(
  matched: readonly MatchedColumn[],
  heads: readonly Head[],
): { readonly message: string; readonly fix: string } | undefined {
  for (const { name, classes } of heads) {
    const own = matched.filter(({ head }) => head === name);
    const missing = classes.find((item) => own.every((column) => column.class !== item));
    if (own.length === 0 || missing === undefined) continue;
    const pairs = own.map((column) => `${yamlText(column.column)}: ${yamlText(column.class)}`);
    return {
      message: `the class "${missing}" of "${name}" has no column`,
      fix: `check that the training labels and the sample belong together; to leave the class out, set ${OPTIONS_KEY}.columns: { ${pairs.join(', ')} }`,
    };
  }
  return undefined;
}

/** `{ target_0: cat, target_1: dog }`: what is given, and for the other columns classes that have none. */
function exampleColumns(
  columns: readonly string[],
  heads: readonly Head[],
  given: ReadonlyMap<string, ClassSetting> = new Map(),
): string {
  const nameOf = (setting: ClassSetting) => (typeof setting === 'string' ? setting : setting.class);
  const taken = new Set([...given.values()].map(nameOf));
  const free = heads.flatMap(({ classes }) => classes).filter((name) => !taken.has(name));
  const pairs = columns.map((column) => {
    const setting = given.get(column);
    const name = setting === undefined ? (free.shift() ?? 'CLASS') : nameOf(setting);
    return `${yamlText(column)}: ${yamlText(name)}`;
  });
  return `{ ${pairs.join(', ')} }`;
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
  const taken = new Map<string, string>();
  return columns.map((column) => {
    const setting = given.get(column);
    if (setting === undefined) {
      throw settingError(`columns.${column}`, {
        expected: 'a class for each column',
        got: 'nothing',
        fix: `set ${OPTIONS_KEY}.columns: ${exampleColumns(columns, heads, given)} (the class of each column), or ${OPTIONS_KEY}.keep: [${yamlText(column)}]`,
      });
    }
    const found = heads.flatMap((head) =>
      head.classes
        .filter((name) =>
          typeof setting === 'string'
            ? setting === name
            : setting.head === head.name && setting.class === name,
        )
        .map((name) => ({ column, head: head.name, class: name })),
    );
    const [first] = found;
    if (first === undefined || found.length > 1) {
      throw settingError(`columns.${column}`, {
        ...(found.length > 1 && { message: `${found.length} heads have this class: write { head, class }` }),
        expected: heads.flatMap(({ classes }) => classes),
        got: JSON.stringify(typeof setting === 'string' ? setting : setting.class),
      });
    }
    const key = JSON.stringify([first.head, first.class]);
    const before = taken.get(key);
    if (before !== undefined) {
      throw settingError(`columns.${column}`, {
        message: `the column "${before}" has this class, too`,
        expected: 'a different class for each column',
        got: JSON.stringify(first.class),
      });
    }
    taken.set(key, column);
    return first;
  });
}
