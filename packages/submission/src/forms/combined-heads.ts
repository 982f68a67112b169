import type { Predictions } from '@podium/core';
import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { yamlText } from '../columns/show-names.ts';
import { singleColumn } from '../columns/single-column.ts';
import { indicesOf } from '../columns/targets.ts';
import {
  defineForm,
  type FormContext,
  OPTIONS_KEY,
  type ScoredTarget,
  type SubmissionForm,
  settingError,
} from './form.ts';

const MAX_CLASSES = 10_000;

const settings = z.strictObject({
  heads: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('the heads to combine; the last one varies fastest; default: all single-label heads'),
  first: z.int().default(0).describe('the number of the first combination'),
  names: z
    .array(
      z.strictObject({
        classes: z.array(z.string()).describe('one class per head'),
        name: z.string().describe('the label of this combination'),
      }),
    )
    .min(1)
    .optional()
    .describe('labels to write instead of numbers; combinations without one are never written'),
});

/** One class per head. */
interface Combination {
  /** Class index per head. */
  readonly classes: readonly number[];
  readonly label: string;
}

/** `ImageID,ans`: several heads as one class, by number (mask x gender x age: mask * 6 + gender * 3 + age) or by name. */
export const combinedHeads: SubmissionForm = defineForm({
  name: 'combined-heads',
  summary: 'id and label: one column with the combination of several heads, by number or name',
  settings,
  example: {
    sample: 'ImageID,ans\na.jpg,0\nb.jpg,0\n',
    heads: [
      { name: 'mask', task: 'single-label', classes: ['mask', 'incorrect', 'normal'] },
      { name: 'gender', task: 'single-label', classes: ['male', 'female'] },
      { name: 'age', task: 'single-label', classes: ['<30', '30-59', '>=60'] },
    ],
  },
  detect: ({ columns, heads, summary }) => {
    const [column] = columns;
    const parts = heads.filter((head) => head.task === 'single-label');
    if (column === undefined || columns.length > 1 || parts.length < 2) return undefined;
    if (heads.some((head) => head.name === column)) return undefined;
    const count = combinationCount(parts);
    const { isInteger, min, max, values } = summary(column);
    if (!isInteger || count > MAX_CLASSES) return undefined;
    // If one head already has all these classes, the form is `label`.
    if (
      parts.some(
        ({ classes }) => classes.length > 10 && [...values].every((value) => classes.includes(value)),
      )
    )
      return undefined;
    const names = parts.map(({ name }) => name);
    const isFromOne = min >= 1 && max === count;
    const fits = (min >= 0 && max < count) || isFromOne;
    return {
      confidence: fits ? 0.9 : 0.4,
      evidence: [
        `"${column}" is the only column besides the id, and ${parts.length} heads have to fill it`,
        `its cells are integers below ${count}, the number of combinations of ${names.join(' x ')}`,
      ],
      settings: { form: 'combined-heads', heads: names, ...(isFromOne && { first: 1 }) },
      ...(!fits && {
        veto: {
          why: `its cells are integers from ${min} to ${max}, and ${names.join(' x ')} has ${count} combinations`,
        },
      }),
    };
  },
  bind: (given, context) => {
    const column = singleColumn(context, 'combined-heads');
    const heads = chooseHeads(context, given.heads);
    const combinations =
      given.names === undefined
        ? numberedCombinations(heads, given.first)
        : namedCombinations(heads, given.names);
    const isComplete = combinations.length === combinationCount(heads);
    return {
      settings: { ...given, heads: heads.map(({ name }) => name) },
      heads,
      columns: [
        {
          name: column,
          type: { kind: 'label', labels: new Set(combinations.map(({ label }) => label)) },
        },
      ],
      sums: [],
      targets: [combinationTarget(heads, combinations)],
      choices: [
        {
          key: 'heads',
          value: heads.map(({ name }) => name).join(', '),
          reason: 'all heads with one class per image, in their order; the last one varies fastest',
        },
        {
          key: 'first',
          value: String(given.first),
          reason:
            given.first === 0
              ? 'the default'
              : `the largest cell of the sample is ${combinationCount(heads)}`,
        },
      ],
      writer: (predictions) => {
        const byHead = heads.map(({ name }) => predictions.get(name)!);
        if (!isComplete) return likeliestCombination(byHead, combinations);
        // With every combination available, the likeliest one has the likeliest class of each head.
        const labels = new Map(combinations.map(({ classes, label }) => [classes.join(), label]));
        const best = byHead.map((head) => head.argmax());
        return (row) => [labels.get(best.map((k) => k[row]).join())!];
      },
    };
  },
});

/** Graders score the combination: one class per image, wrong if one of its parts is. */
function combinationTarget(heads: readonly Head[], combinations: readonly Combination[]): ScoredTarget {
  const labelOf = new Map(combinations.map(({ classes, label }) => [classes.join(), label]));
  // A combination without a label may be true, and is never written.
  const all = numberedCombinations(heads, 0).map(({ classes }) => ({
    key: classes.join(),
    label: labelOf.get(classes.join()) ?? classes.map((k, h) => heads[h]!.classes[k]!).join(' + '),
  }));
  const indexByClasses = new Map(all.map(({ key }, k) => [key, k]));
  const indexByLabel = new Map(
    all.filter(({ key }) => labelOf.has(key)).map(({ key, label }) => [label, indexByClasses.get(key)!]),
  );
  return {
    name: heads.map(({ name }) => name).join(' x '),
    heads: heads.map(({ name }) => name),
    task: 'single-label',
    classes: all.map(({ label }) => label),
    truth: (label) => {
      const parts = heads.map((head) => indicesOf(head, label(head.name))?.[0]);
      if (parts.includes(undefined)) return undefined;
      return [indexByClasses.get(parts.join())!];
    },
    read: (cells) => {
      const k = indexByLabel.get(cells[0]!);
      return k === undefined ? [] : [[k, 1]];
    },
  };
}

function chooseHeads({ heads }: FormContext, names: readonly string[] | undefined): readonly Head[] {
  const singleLabel = heads.filter((head) => head.task === 'single-label');
  const chosen = (names ?? singleLabel.map(({ name }) => name)).map((name, i, all) => {
    const found = singleLabel.find((head) => head.name === name);
    if (found !== undefined && all.indexOf(name) === i) return found;
    throw settingError(`heads[${i}]`, {
      message: found === undefined ? 'unknown head, or not single-label' : 'this head is listed twice',
      expected: singleLabel.map((head) => head.name),
      got: JSON.stringify(name),
      fix: `set ${OPTIONS_KEY}.heads: [${singleLabel.map((head) => yamlText(head.name)).join(', ')}] (in the order in which the last one varies fastest)`,
    });
  });
  const count = combinationCount(chosen);
  if (chosen.length > 0 && count <= MAX_CLASSES) return chosen;
  throw settingError('heads', {
    expected: `heads with at most ${MAX_CLASSES} combinations`,
    got: chosen.length === 0 ? 'no head' : String(count),
  });
}

function combinationCount(heads: readonly Head[]): number {
  return heads.reduce((count, { classes }) => count * classes.length, 1);
}

function numberedCombinations(heads: readonly Head[], first: number): Combination[] {
  return Array.from({ length: combinationCount(heads) }, (_, number) => {
    const indices: number[] = [];
    let rest = number;
    for (const { classes } of heads.toReversed()) {
      indices.unshift(rest % classes.length);
      rest = Math.floor(rest / classes.length);
    }
    return { classes: indices, label: String(first + number) };
  });
}

function namedCombinations(
  heads: readonly Head[],
  names: readonly { readonly classes: readonly string[]; readonly name: string }[],
): Combination[] {
  const seen = new Map<string, number>();
  return names.map(({ classes, name }, i) => {
    if (classes.length !== heads.length) {
      throw settingError(`names[${i}].classes`, {
        expected: `${heads.length} classes, one each of ${heads.map((head) => head.name).join(', ')}`,
        got: JSON.stringify(classes),
      });
    }
    const indices = classes.map((text, h) => {
      const head = heads[h]!;
      const k = head.classes.indexOf(text);
      if (k !== -1) return k;
      throw settingError(`names[${i}].classes[${h}]`, {
        message: `the head "${head.name}" has no such class`,
        expected: head.classes,
        got: JSON.stringify(text),
      });
    });
    for (const key of [`classes ${indices.join()}`, `name ${name}`]) {
      const earlier = seen.get(key);
      if (earlier !== undefined) {
        throw settingError(`names[${i}]`, {
          message: `the same ${key.startsWith('name') ? 'name' : 'classes'} as names[${earlier}]`,
          expected: 'each combination and each name only once',
        });
      }
      seen.set(key, i);
    }
    return { classes: indices, label: name };
  });
}

/** The combination with the largest product of probabilities; the first among equals. */
function likeliestCombination(
  heads: readonly Predictions[],
  combinations: readonly Combination[],
): (row: number) => readonly string[] {
  return (row) => {
    // Within a row, logits and log-probabilities differ by a constant, so both rank combinations alike.
    const scores = heads.map((head) =>
      Float64Array.from(head.row(row), (value) =>
        head.kind === 'logits' ? value : Math.log(Math.max(value, 0)),
      ),
    );
    let best = combinations[0]!;
    let highest = Number.NEGATIVE_INFINITY;
    for (const combination of combinations) {
      const score = combination.classes.reduce((sum, k, h) => sum + scores[h]![k]!, 0);
      if (score > highest) [best, highest] = [combination, score];
    }
    return [best.label];
  };
}
