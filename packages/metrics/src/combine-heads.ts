import type { Metric } from './metric.ts';
import { fail, type ScoredRows } from './scored-rows.ts';

const MOST_CLASSES = 10_000;

export interface CombineHeadsOptions {
  /** Between the heads' class names. Default: a space. */
  readonly separator?: string;
  /** Names of the combined classes instead, in the order of the product: the last head's class changes fastest. */
  readonly classes?: readonly string[];
}

/**
 * Several heads over the same rows as one: its classes are all combinations, the last head's changing fastest
 * (mask x gender x age: class = (mask * 2 + gender) * 3 + age), a combination's probability is the product of the
 * heads' and it is decided by deciding each head. Any metric of single-label rows then scores the competition's classes.
 * @throws PodiumError `metric-heads` naming the head where rows, ids, groups, folds or weights differ, a head is
 * multi-label, or the product has over 10,000 classes.
 */
export function combineHeads(heads: readonly ScoredRows[], options: CombineHeadsOptions = {}): ScoredRows {
  const { separator = ' ', classes: names } = options;
  const [first] = heads;
  if (first === undefined) return refuse('there is nothing to combine', 'at least one head', 'none');
  heads.forEach((head, i) => {
    checkHead(first, head, i);
  });
  const count = heads.reduce((product, head) => product * head.classes.length, 1);
  if (count > MOST_CLASSES) {
    refuse('the heads have too many combinations', `at most ${MOST_CLASSES}`, String(count));
  }
  const classes =
    names ??
    heads
      .slice(1)
      .reduce<readonly string[]>(
        (left, head) => left.flatMap((name) => head.classes.map((own) => `${name}${separator}${own}`)),
        first.classes,
      );
  if (classes.length !== count || new Set(classes).size !== count) {
    refuse(
      'the names of the combined classes',
      `${count} names, none twice`,
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
    decided: index((head) => head.decided),
    probabilities: product(heads, count),
  });
}

export interface HeadScores {
  /** The score of the combined classes. */
  readonly combined: number;
  /** The score of each head by itself, in their order. */
  readonly heads: readonly number[];
}

/**
 * A metric of the combined classes and of each head, which shows the head that costs most.
 * @throws PodiumError as `combineHeads` and the metric do.
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
      // From the back, so that what is spread out is not overwritten before it is read.
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
  const here = `head ${index}`;
  if (head.task !== 'single-label') refuse(`the task of ${here}`, 'single-label', head.task);
  if (head.length !== first.length) {
    refuse(`the rows of ${here}`, `${first.length}, as head 0 has`, String(head.length));
  }
  for (const key of ['ids', 'groups', 'folds', 'weights'] as const) {
    const own = head[key];
    const other = first[key];
    if (own === undefined && other === undefined) continue;
    const at = Array.from({ length: head.length }, (_, row) => row).find(
      (row) => own?.[row] !== other?.[row],
    );
    if (at === undefined) continue;
    refuse(`the ${key} of ${here}, row ${at}`, String(other?.[at]), String(own?.[at]));
  }
}

function refuse(message: string, expected: string, got: string): never {
  return fail({
    code: 'metric-heads',
    message,
    expected,
    got,
    fix: 'align every head to the same ids first: predictions.align(ids)',
  });
}
