import { Predictions, Rng } from '@podium/core';

export interface MakeOptions {
  readonly rows?: number;
  readonly classes?: number;
  readonly members?: number;
  /** Added to the true class's logit. */
  readonly skill?: number;
  /** Added to `skill` for each further member. */
  readonly step?: number;
  readonly kind?: 'logits' | 'probabilities';
  /** Rows per group; 0: no groups. */
  readonly groupSize?: number;
  /** Number of folds, which keep groups together; 0: no folds. */
  readonly folds?: number;
}

/** Members with correlated errors, the same for the same seed. */
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
    const noise = rng.fillNormal(new Float32Array(rows * classes));
    const logits = new Predictions({
      ids: Array.from({ length: rows }, (_, row) => `${row}.jpg`),
      classes: Array.from({ length: classes }, (_, k) => `class ${k}`),
      kind: 'logits',
      values: noise.map(
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
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i]! - b[i]!);
    // Also true for NaN.
    if (!(distance <= largest)) largest = distance;
  }
  return largest;
}
