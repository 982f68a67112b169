import { fail } from '@podium/core';
import type { Metric } from './metric.ts';
import type { ScoredRows } from './scored-rows.ts';

const MAX_CLASSES = 10_000;

export interface CombineHeadsOptions {
  /** Separator between the heads' class names. Default: a space. */
  readonly separator?: string;
  /** Names of the combined classes, in order of the product (the last head's class varies fastest). Default: the heads' names. */
  readonly classes?: readonly string[];
}

/**
 * Combines several heads over the same rows into one. Its classes are all combinations, of which the last head's class
 * varies fastest (mask x gender x age: class = (mask * 2 + gender) * 3 + age). A combination's probability is the product
 * of the heads' probabilities, and the predicted combination consists of each head's predicted class.
 * @throws PodiumError `metric-heads` naming the head if rows, ids, groups, folds or weights differ, a head is multi-label,
 * or the product has more than 10,000 classes
 */
export function combineHeads(heads: readonly ScoredRows[], options: CombineHeadsOptions = {}): ScoredRows {
  const { separator = ' ', classes: names } = options;
  const [first] = heads;
  if (first === undefined) return invalid('nothing to combine', 'at least one head', 'none');
  heads.forEach((head, i) => {
    checkHead(first, head, i);
  });
  const count = heads.reduce((product, head) => product * head.classes.length, 1);
  if (count > MAX_CLASSES) {
    invalid('the heads have too many combinations', `at most ${MAX_CLASSES}`, String(count));
  }
  const classes =
    names ??
    heads
      .slice(1)
      .reduce<readonly string[]>(
        (left, head) => left.flatMap((name) => head.classes.map((last) => `${name}${separator}${last}`)),
        first.classes,
      );
  if (classes.length !== count || new Set(classes).size !== count) {
    invalid(
      'the names of the combined classes',
      `${count} distinct names`,
      `${classes.length}: ${classes.join('|')}`,
    );
  }
  const index = (of: (head: ScoredRows) => Int32Array) =>
    Int32Array.from({ length: first.length }, (_, row) =>
      heads.reduce((combined, head) => combined * head.classes.length + of(head)[row]!, 0),
    );
  return Object.freeze({
    ...first,
    classes,
    truth: index((head) => head.truth),
    predicted: index((head) => head.predicted),
    probabilities: product(heads, count),
  });
}

export interface HeadScores {
  /** The score of the combined classes. */
  readonly combined: number;
  /** The score of each head, in order. */
  readonly heads: readonly number[];
}

/**
 * A metric of the combined classes and of each head, which shows the weakest head.
 * @throws PodiumError as `combineHeads` and the metric do
 */
export function scoreHeads(heads: readonly ScoredRows[], metric: Metric): HeadScores {
  return { combined: metric.compute(combineHeads(heads)), heads: heads.map((head) => metric.compute(head)) };
}

function product(heads: readonly ScoredRows[], count: number): Float64Array {
  const length = heads[0]?.length ?? 0;
  const result = new Float64Array(length * count);
  for (let row = 0; row < length; row++) {
    const at = row * count;
    result[at] = 1;
    let filled = 1;
    for (const { probabilities, classes } of heads) {
      const width = classes.length;
      // Backwards, so that no value is overwritten before it is read.
      for (let i = filled - 1; i >= 0; i--) {
        const before = result[at + i]!;
        for (let k = 0; k < width; k++) {
          result[at + i * width + k] = before * probabilities[row * width + k]!;
        }
      }
      filled *= width;
    }
  }
  return result;
}

function checkHead(first: ScoredRows, head: ScoredRows, index: number): void {
  const name = `head ${index}`;
  if (head.task !== 'single-label') invalid(`the task of ${name}`, 'single-label', head.task);
  if (head.length !== first.length) {
    invalid(`the rows of ${name}`, `${first.length}, as in head 0`, String(head.length));
  }
  for (const key of ['ids', 'groups', 'folds', 'weights'] as const) {
    const expected = first[key];
    const actual = head[key];
    if (actual === undefined && expected === undefined) continue;
    const different = Array.from({ length: head.length }, (_, row) => row).find(
      (row) => actual?.[row] !== expected?.[row],
    );
    if (different === undefined) continue;
    invalid(
      `the ${key} of ${name}, row ${different}`,
      String(expected?.[different]),
      String(actual?.[different]),
    );
  }
}

function invalid(message: string, expected: string, got: string): never {
  return fail({
    code: 'metric-heads',
    message,
    expected,
    got,
    fix: 'align all heads to the same ids first: predictions.align(ids)',
  });
}
