import { Rng } from '@podium/core';
import { type ScoredRows, scoreRows } from '../src/index.ts';

export interface MakeOptions {
  readonly task?: 'single-label' | 'multi-label';
  readonly rows?: number;
  readonly classes?: number;
  /** Added to the true class's logit. */
  readonly skill?: number;
  /** Rows per group; 0 for rows without groups. */
  readonly groupSize?: number;
  /** Rounds values to multiples of this, for many ties. */
  readonly grain?: number;
  readonly weighted?: boolean;
}

/** Random predictions with truth, the same for the same seed. */
export function makeRows(seed: number | string, options: MakeOptions = {}): ScoredRows {
  const {
    task = 'single-label',
    rows = 60,
    classes = 3,
    skill = 1.5,
    groupSize = 0,
    grain,
    weighted,
  } = options;
  const rng = Rng.fromSeed(seed);
  const single = task === 'single-label';
  const truth = Int32Array.from({ length: single ? rows : rows * classes }, () =>
    rng.int(single ? classes : 2),
  );
  // At least one label per row: without any, the row's F1 is undefined.
  if (!single) for (let row = 0; row < rows; row++) truth[row * classes + (row % classes)] = 1;
  const isTrue = (i: number) => (single ? truth[Math.floor(i / classes)] === i % classes : truth[i] === 1);
  const values = Float32Array.from({ length: rows * classes }, (_, i) => {
    const value = rng.normal() + (isTrue(i) ? skill : 0);
    return grain === undefined ? value : Math.round(value / grain) * grain;
  });
  return scoreRows(
    {
      task,
      kind: 'logits',
      classes: Array.from({ length: classes }, (_, k) => `class ${k}`),
      values,
      ids: Array.from({ length: rows }, (_, row) => `${row}.jpg`),
      groups:
        groupSize === 0
          ? undefined
          : Array.from({ length: rows }, (_, row) => `g${Math.floor(row / groupSize)}`),
    },
    truth,
    weighted ? { weights: Array.from({ length: rows }, () => rng.int(4) + 0.5) } : {},
  );
}
