import { Predictions, Rng } from '@podium/core';

export interface MakeOptions {
  readonly rows?: number;
  readonly classes?: number;
  readonly members?: number;
  /** Added to the true class's logit. */
  readonly skill?: number;
  /** How much more each member knows than the one before. */
  readonly step?: number;
  readonly kind?: 'logits' | 'probabilities';
  /** Rows a group; 0: no groups. */
  readonly groupSize?: number;
  /** Whole groups (or rows) to a fold in turn; 0: no folds. */
  readonly folds?: number;
}

/** Members whose errors are partly shared, the same for the same seed. */
export function makeMembers(
  seed: number | string,
  {
    rows = 60,
    classes = 3,
    members = 4,
    skill = 1,
    step = 0.2,
    kind = 'logits',
    groupSize = 0,
    folds = 0,
  }: MakeOptions = {},
): { members: Predictions[]; truth: Int32Array } {
  const rng = Rng.fromSeed(seed);
  const truth = Int32Array.from({ length: rows }, (_, row) => (row < classes ? row : rng.int(classes)));
  const shared = rng.fillNormal(new Float32Array(rows * classes));
  const unit = (row: number) => Math.floor(row / Math.max(1, groupSize));
  const list = Array.from({ length: members }, (_, m) => {
    const own = rng.fillNormal(new Float32Array(rows * classes));
    const logits = new Predictions({
      ids: Array.from({ length: rows }, (_, row) => `${row}.jpg`),
      classes: Array.from({ length: classes }, (_, k) => `class ${k}`),
      kind: 'logits',
      values: own.map(
        (value, i) =>
          value + 0.7 * shared[i]! + (truth[Math.floor(i / classes)] === i % classes ? skill + step * m : 0),
      ),
      folds: folds === 0 ? undefined : Int32Array.from({ length: rows }, (_, row) => unit(row) % folds),
      groups: groupSize === 0 ? undefined : Array.from({ length: rows }, (_, row) => `g${unit(row)}`),
    });
    return kind === 'logits' ? logits : logits.softmax();
  });
  return { members: list, truth };
}

/** The largest difference between two lists of the same length. */
export function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const off = Math.abs(a[i]! - b[i]!);
    if (!(off <= most)) most = off;
  }
  return most;
}
