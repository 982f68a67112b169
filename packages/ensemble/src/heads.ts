import { Predictions } from '@podium/core';
import { fail } from './support/errors.ts';
import { alignMembers, blended, normalizeRows, probabilitiesOf } from './support/members.ts';

const MOST_CLASSES = 10_000;

export interface CombineHeadPredictionsOptions {
  /** Names of the combined classes, the last head's class changing fastest. Default: the heads' names with a space between. */
  readonly classes?: readonly string[];
}

/**
 * Several heads over the same rows as one set of predictions: its classes are all combinations, the last head's changing
 * fastest (mask x gender x age: class = (mask * 2 + gender) * 3 + age), and a probability is the product of the heads'.
 * The same order as `combineHeads` of `@podium/metrics`.
 * @throws PodiumError `ensemble-heads`; `ensemble-ids-differ`; `ensemble-members` where folds or groups differ
 */
export function combineHeadPredictions(
  heads: readonly Predictions[],
  { classes }: CombineHeadPredictionsOptions = {},
): Predictions {
  const aligned = alignHeads(heads);
  const names =
    classes ??
    aligned
      .map((head) => head.classes)
      .reduce((left, own) => left.flatMap((name) => own.map((other) => `${name} ${other}`)));
  const count = aligned.reduce((product, head) => product * head.classes.length, 1);
  if (count > MOST_CLASSES || names.length !== count) {
    fail({
      code: 'ensemble-heads',
      message: 'the combined classes',
      expected: count > MOST_CLASSES ? `at most ${MOST_CLASSES}` : `${count} names`,
      got: String(count > MOST_CLASSES ? count : names.length),
    });
  }
  const [first] = aligned as readonly [Predictions];
  let values = new Float64Array(first.length).fill(1);
  let width = 1;
  for (const head of aligned) {
    const own = probabilitiesOf(head);
    const inner = head.classes.length;
    const before = values;
    const outer = width;
    values = new Float64Array(first.length * outer * inner);
    for (let i = 0; i < values.length; i++) {
      const row = Math.floor(i / (outer * inner));
      const left = Math.floor((i % (outer * inner)) / inner);
      values[i] = before[row * outer + left]! * own[row * inner + (i % inner)]!;
    }
    width = outer * inner;
  }
  const { ids, folds, groups } = blended(
    aligned.map((head) => onlyRows(head)),
    new Float64Array(first.length).fill(1),
  );
  return new Predictions({
    ids,
    folds,
    groups,
    classes: names,
    kind: 'probabilities',
    values: Float32Array.from(normalizeRows(values, width)),
  });
}

/**
 * The heads of combined predictions: each head's probabilities are sums over the other heads' classes.
 * @param headClasses class names of every head, the last head's class changing fastest
 * @throws PodiumError `ensemble-heads`
 */
export function splitHeads(
  combined: Predictions,
  headClasses: readonly (readonly string[])[],
): Predictions[] {
  const count = headClasses.reduce((product, classes) => product * classes.length, 1);
  if (combined.task !== 'single-label' || headClasses.length === 0 || count !== combined.classes.length) {
    fail({
      code: 'ensemble-heads',
      message: 'the heads do not make up the classes',
      expected: `a product of ${combined.classes.length} single-label classes`,
      got: `${headClasses.map((classes) => classes.length).join(' x ')} = ${count}`,
    });
  }
  const values = probabilitiesOf(combined);
  let inner = count;
  return headClasses.map((classes) => {
    const width = classes.length;
    inner /= width;
    const own = new Float64Array(combined.length * width);
    for (let i = 0; i < values.length; i++) {
      const at = Math.floor(i / count) * width + (Math.floor((i % count) / inner) % width);
      own[at] = own[at]! + values[i]!;
    }
    return new Predictions({
      ...combined,
      classes,
      kind: 'probabilities',
      values: Float32Array.from(normalizeRows(own, width)),
    });
  });
}

/** Heads in the order of the first one's ids; their classes are their own. */
function alignHeads(heads: readonly Predictions[]): readonly Predictions[] {
  if (heads.length === 0)
    fail({
      code: 'ensemble-heads',
      message: 'there is nothing to combine',
      expected: 'at least one head',
      got: 'none',
    });
  const multi = heads.findIndex(({ task }) => task !== 'single-label');
  if (multi >= 0)
    fail({
      code: 'ensemble-heads',
      message: `the task of head ${multi}`,
      expected: 'single-label',
      got: 'multi-label',
    });
  const rows = alignMembers(heads.map(onlyRows));
  return heads.map((head, i) =>
    rows[i]?.ids.every((id, row) => id === head.ids[row]) ? head : head.align(rows[0]?.ids ?? []),
  );
}

/** The same rows with one class that is always true: what has to agree between heads. */
function onlyRows({ ids, folds, groups }: Predictions): Predictions {
  return new Predictions({
    ids,
    folds,
    groups,
    classes: ['any'],
    kind: 'probabilities',
    values: new Float32Array(ids.length).fill(1),
  });
}
