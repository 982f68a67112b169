/**
 * The standard normal quantile of `share` in (0, 1), to about 1e-9 (Acklam's rational approximation).
 */
export function normalQuantile(share: number): number {
  if (share > 0.5) return -normalQuantile(1 - share);
  if (share < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(share));
    return polynomial(TAIL, q) / polynomial(TAIL_BELOW, q);
  }
  const q = share - 0.5;
  return (q * polynomial(MIDDLE, q * q)) / polynomial(MIDDLE_BELOW, q * q);
}

/**
 * Student's t quantile of `share` in (0, 1): exact for 1 and 2 degrees of freedom, else to about 0.5 % from 3 on and 0.01 %
 * from 10 on (Abramowitz & Stegun 26.7.5).
 */
export function studentQuantile(share: number, freedom: number): number {
  if (freedom <= 1) return Math.tan(Math.PI * (share - 0.5));
  if (freedom === 2) return ((2 * share - 1) * Math.SQRT2) / (2 * Math.sqrt(share * (1 - share)));
  const z = normalQuantile(share);
  return [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ].reduce((sum, term, i) => sum + term / freedom ** (i + 1), z);
}

/** Highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

const MIDDLE = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
];
const MIDDLE_BELOW = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
];
const TAIL = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const TAIL_BELOW = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
