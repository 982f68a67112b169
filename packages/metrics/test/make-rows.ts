import { Rng } from '@podium/core';
import { type ScoredRows, scoreRows } from '../src/index.ts';

export interface MakeOptions {
  readonly task?: 'single-label' | 'multi-label' | 'regression';
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
  if (task === 'regression') return makeNumbers(rng, options);
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
    { task, kind: 'logits', classes: namesOf('class', classes), values, ...unitsOf(rows, groupSize) },
    truth,
    weighted ? { weights: Array.from({ length: rows }, () => rng.int(4) + 0.5) } : {},
  );
}

/** Numbers around their truth: the more skill, the nearer. */
function makeNumbers(
  rng: Rng,
  { rows = 60, classes = 3, skill = 1.5, groupSize = 0, grain, weighted }: MakeOptions,
): ScoredRows {
  const rounded = (value: number) => (grain === undefined ? value : Math.round(value / grain) * grain);
  const truth = Float64Array.from({ length: rows * classes }, () => rounded(rng.normal()));
  const values = truth.map((value) => rounded(value + rng.normal() / 2 ** skill));
  return scoreRows(
    {
      task: 'regression',
      kind: 'numbers',
      classes: namesOf('column', classes),
      values,
      ...unitsOf(rows, groupSize),
    },
    truth,
    {
      ...(weighted && { weights: Array.from({ length: rows }, () => rng.int(4) + 0.5) }),
      columnWeights: Array.from({ length: classes }, (_, k) => k + 0.5),
    },
  );
}

function namesOf(what: string, count: number): string[] {
  return Array.from({ length: count }, (_, k) => `${what} ${k}`);
}

function unitsOf(
  rows: number,
  groupSize: number,
): { readonly ids: string[]; readonly groups: string[] | undefined } {
  return {
    ids: Array.from({ length: rows }, (_, row) => `${row}.jpg`),
    groups:
      groupSize === 0
        ? undefined
        : Array.from({ length: rows }, (_, row) => `g${Math.floor(row / groupSize)}`),
  };
}
