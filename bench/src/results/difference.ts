/** Student's t for a two-sided 95 % interval, by degrees of freedom, starting at 1. */
const STUDENT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
];

/** Whether the scores of independent runs show a difference between two methods. */
export interface Difference {
  readonly means: readonly [a: number, b: number];
  readonly spreads: readonly [a: number, b: number];
  /** Of the means, a - b. */
  readonly difference: number;
  /** 95 %. */
  readonly interval: readonly [low: number, high: number];
  readonly withinNoise: boolean;
}

/** Welch's interval for the difference of two means, with unequal variances. Needs at least two scores each. */
export function differenceOfMeans(a: readonly number[], b: readonly number[]): Difference {
  const sides = [a, b].map((scores) => {
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (scores.length - 1);
    return { mean, variance, error: variance / scores.length, freedom: scores.length - 1 };
  }) as [Side, Side];
  const error = sides[0].error + sides[1].error;
  const freedom = error ** 2 / sides.reduce((sum, side) => sum + side.error ** 2 / side.freedom, 0);
  // Rounded down, and at most the table's length: an interval too wide is better than one too narrow.
  const row = Math.min(Math.max(Math.floor(freedom || 1), 1), STUDENT.length) - 1;
  const half = STUDENT[row]! * Math.sqrt(error);
  const difference = sides[0].mean - sides[1].mean;
  return {
    means: [sides[0].mean, sides[1].mean],
    spreads: [Math.sqrt(sides[0].variance), Math.sqrt(sides[1].variance)],
    difference,
    interval: [difference - half, difference + half],
    withinNoise: Math.abs(difference) <= half,
  };
}

interface Side {
  readonly mean: number;
  readonly variance: number;
  readonly error: number;
  readonly freedom: number;
}
