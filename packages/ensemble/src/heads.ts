import { fail, Predictions } from '@podium/core';
import { alignMembers, blended } from './members/align-members.ts';
import { normalizeRows, probabilitiesOf } from './members/probabilities.ts';

const MAX_CLASSES = 10_000;

export interface CombineHeadPredictionsOptions {
  /** Names of the combined classes, of which the last head's class varies fastest. Default: the heads' names, joined by spaces. */
  readonly classes?: readonly string[];
}

/**
 * Combines several heads over the same rows into one set of predictions. Its classes are all combinations, of which the last
 * head's class varies fastest (mask x gender x age: class = (mask * 2 + gender) * 3 + age); probabilities are products of
 * the heads'.
 * @throws PodiumError `ensemble-heads`; `ensemble-ids-differ`; `ensemble-members` if folds or groups differ
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
      .reduce((left, right) => left.flatMap((name) => right.map((last) => `${name} ${last}`)));
  const count = aligned.reduce((product, head) => product * head.classes.length, 1);
  if (count > MAX_CLASSES || names.length !== count) {
    fail({
      code: 'ensemble-heads',
      message: 'the combined classes',
      expected: count > MAX_CLASSES ? `at most ${MAX_CLASSES}` : `${count} names`,
      got: String(count > MAX_CLASSES ? count : names.length),
    });
  }
  const first = aligned[0]!;
  let values = new Float64Array(first.length).fill(1);
  let width = 1;
  for (const head of aligned) {
    const probabilities = probabilitiesOf(head);
    const inner = head.classes.length;
    const before = values;
    const outer = width;
    values = new Float64Array(first.length * outer * inner);
    for (let i = 0; i < values.length; i++) {
      const row = Math.floor(i / (outer * inner));
      const left = Math.floor((i % (outer * inner)) / inner);
      values[i] = before[row * outer + left]! * probabilities[row * inner + (i % inner)]!;
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
 * Splits combined predictions into heads: each head's probabilities are sums over the other heads' classes.
 * @param headClasses class names of every head, of which the last head's class varies fastest
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
      message: 'the product of the heads does not match the classes',
      expected: `a product of ${combined.classes.length} single-label classes`,
      got: `${headClasses.map((classes) => classes.length).join(' x ')} = ${count}`,
    });
  }
  const values = probabilitiesOf(combined);
  let inner = count;
  return headClasses.map((classes) => {
    const width = classes.length;
    inner /= width;
    const sums = new Float64Array(combined.length * width);
    for (let i = 0; i < values.length; i++) {
      const at = Math.floor(i / count) * width + (Math.floor((i % count) / inner) % width);
      sums[at] = sums[at]! + values[i]!;
    }
    return new Predictions({
      ...combined,
      classes,
      kind: 'probabilities',
      values: Float32Array.from(normalizeRows(sums, width)),
    });
  });
}

/** Brings the rows of all heads into the order of the first head's ids. */
function alignHeads(heads: readonly Predictions[]): readonly Predictions[] {
  if (heads.length === 0) {
    fail({
      code: 'ensemble-heads',
      message: 'nothing to combine',
      expected: 'at least one head',
      got: 'none',
    });
  }
  const multi = heads.findIndex(({ task }) => task !== 'single-label');
  if (multi >= 0) {
    fail({
      code: 'ensemble-heads',
      message: `the task of head ${multi}`,
      expected: 'single-label',
      got: 'multi-label',
    });
  }
  const rows = alignMembers(heads.map(onlyRows));
  return heads.map((head, i) =>
    rows[i]?.ids.every((id, row) => id === head.ids[row]) ? head : head.align(rows[0]?.ids ?? []),
  );
}

/** The rows without their classes: what has to agree between heads. */
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
