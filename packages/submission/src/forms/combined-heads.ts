import type { Predictions } from '@podium/core';
import type { Head } from '@podium/dataset';
import { z } from 'zod';
import { onlyColumn } from '../columns/label-texts.ts';
import { defineForm, type FormView, type SubmissionForm, settingError } from '../form.ts';

const MOST_CLASSES = 10_000;

const settings = z.strictObject({
  form: z.literal('combined-heads'),
  /** The heads that make up the class, the last one's changing fastest; default: all single-label heads. */
  heads: z.array(z.string()).min(1).optional(),
  /** The number of the first combination. */
  first: z.int().default(0),
  /** What combinations are called, instead of numbers; one that is left out is never written. */
  names: z
    .array(z.strictObject({ classes: z.array(z.string()), name: z.string() }))
    .min(1)
    .optional(),
});

/** A combination of one class a head. */
interface Combination {
  /** Column of the class, by head. */
  readonly classes: readonly number[];
  readonly text: string;
}

/** `ImageID,ans`: several heads as one class, by number (mask x gender x age: mask * 6 + gender * 3 + age) or by name. */
export const combinedHeads: SubmissionForm = defineForm({
  name: 'combined-heads',
  summary: 'id and label: one column with the combination of several heads, by number or name',
  settings,
  recognize: (view) => {
    const [column] = view.columns;
    const parts = view.heads.filter((head) => head.task === 'single-label');
    if (column === undefined || view.columns.length > 1 || parts.length < 2) return undefined;
    if (view.heads.some((head) => head.name === column)) return undefined;
    const count = product(parts);
    const { whole, low, high, values } = view.facts(column);
    if (!whole || low < 0 || high >= count || count > MOST_CLASSES) return undefined;
    // A head with all the classes is there already: `label` writes it.
    if (
      parts.some(
        ({ classes }) => [...values].every((value) => classes.includes(value)) && classes.length > 10,
      )
    )
      return undefined;
    return {
      confidence: 0.9,
      evidence: [
        `"${column}" is the one column beside the id, and ${parts.length} heads have to fill it`,
        `its cells are whole numbers below ${count}, the number of combinations of ${parts.map(({ name }) => name).join(' x ')}`,
      ],
      settings: { form: 'combined-heads', heads: parts.map(({ name }) => name) },
    };
  },
  bind: (given, view) => {
    const column = onlyColumn(view, 'combined-heads');
    const heads = chooseHeads(view, given.heads);
    const combinations = given.names === undefined ? numbered(heads, given.first) : named(heads, given.names);
    const whole = combinations.length === product(heads);
    return {
      settings: { ...given, heads: heads.map(({ name }) => name) },
      heads,
      columns: [
        { name: column, rule: { kind: 'label', labels: new Set(combinations.map(({ text }) => text)) } },
      ],
      sums: [],
      writer: (predictions) => {
        const own = heads.map(({ name }) => predictions[name]!);
        if (!whole) return likeliest(own, combinations);
        const byClasses = new Map(combinations.map(({ classes, text }) => [classes.join(), text]));
        const best = own.map((head) => head.argmax());
        return (row) => [byClasses.get(best.map((k) => k[row]).join())!];
      },
    };
  },
});

function chooseHeads({ heads }: FormView, names: readonly string[] | undefined): readonly Head[] {
  const single = heads.filter((head) => head.task === 'single-label');
  const chosen = (names ?? single.map(({ name }) => name)).map((name, i, all) => {
    const found = single.find((head) => head.name === name);
    if (found !== undefined && all.indexOf(name) === i) return found;
    throw settingError(`heads[${i}]`, {
      message:
        found === undefined ? 'there is no such head with one class an image' : 'this head is named twice',
      expected: single.map((head) => head.name),
      got: JSON.stringify(name),
    });
  });
  const count = product(chosen);
  if (chosen.length > 0 && count <= MOST_CLASSES) return chosen;
  throw settingError('heads', {
    expected: `heads with at most ${MOST_CLASSES} combinations`,
    got: chosen.length === 0 ? 'no head' : String(count),
  });
}

function product(heads: readonly Head[]): number {
  return heads.reduce((count, { classes }) => count * classes.length, 1);
}

function numbered(heads: readonly Head[], first: number): Combination[] {
  return Array.from({ length: product(heads) }, (_, number) => {
    const classes: number[] = [];
    let left = number;
    for (const { classes: own } of heads.toReversed()) {
      classes.unshift(left % own.length);
      left = Math.floor(left / own.length);
    }
    return { classes, text: String(first + number) };
  });
}

function named(
  heads: readonly Head[],
  names: readonly { readonly classes: readonly string[]; readonly name: string }[],
): Combination[] {
  const seen = new Map<string, number>();
  return names.map(({ classes, name }, i) => {
    if (classes.length !== heads.length) {
      throw settingError(`names[${i}].classes`, {
        expected: `${heads.length} classes, one of each of ${heads.map((head) => head.name).join(', ')}`,
        got: JSON.stringify(classes),
      });
    }
    const columns = classes.map((text, h) => {
      const head = heads[h]!;
      const k = head.classes.indexOf(text);
      if (k !== -1) return k;
      throw settingError(`names[${i}].classes[${h}]`, {
        message: `the head "${head.name}" has no such class`,
        expected: head.classes,
        got: JSON.stringify(text),
      });
    });
    for (const key of [`classes ${columns.join()}`, `name ${name}`]) {
      const before = seen.get(key);
      if (before !== undefined) {
        throw settingError(`names[${i}]`, {
          message: `it has the same ${key.startsWith('name') ? 'name' : 'classes'} as names[${before}]`,
          expected: 'each combination and each name once',
        });
      }
      seen.set(key, i);
    }
    return { classes: columns, text: name };
  });
}

/** Of the combinations that there are, the one with the largest product of probabilities; the first of equals. */
function likeliest(
  heads: readonly Predictions[],
  combinations: readonly Combination[],
): (row: number) => readonly string[] {
  return (row) => {
    // Within a row, logits and logarithms of probabilities differ by a constant: either ranks the combinations.
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
    return [best.text];
  };
}
