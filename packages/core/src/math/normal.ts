/** Cumulative distribution of the standard normal, to about 1e-15. */
export function normalCdf(x: number): number {
  if (Math.abs(x) > 6) return x > 0 ? 1 - tail(x) : tail(-x);
  // x + x^3 / 3 + x^5 / (3 * 5) + ..., all of one sign (Marsaglia 2004).
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum); n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + sum * density(x);
}

/** Quantile of the standard normal, the inverse of `normalCdf`; p in (0, 1). By bisection: callers need it only a few times. */
export function normalQuantile(p: number): number {
  return invert(normalCdf, p, -38, 38);
}

/**
 * Cumulative distribution of Student's t for an integer number of degrees of freedom, by its finite sum
 * (Abramowitz & Stegun 26.7.3 and 26.7.4).
 */
export function studentCdf(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cos2 = Math.cos(angle) ** 2;
  const odd = freedom % 2 === 1;
  let term = odd ? Math.cos(angle) : 1;
  let sum = 0;
  for (let n = odd ? 1 : 0; n <= freedom - 2; n += 2) {
    sum += term;
    term *= (cos2 * (n + 1)) / (n + 2);
  }
  const inside = odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return (1 + inside) / 2;
}

/** Quantile of Student's t, the inverse of `studentCdf`; p in (0, 1). */
export function studentQuantile(p: number, freedom: number): number {
  return invert((t) => studentCdf(t, freedom), p, -1e8, 1e8);
}

function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/** 1 - cdf(x) for large x, by Laplace's continued fraction. */
function tail(x: number): number {
  let fraction = x;
  for (let n = 60; n >= 1; n--) fraction = x + n / fraction;
  return density(x) / fraction;
}

function invert(increasing: (x: number) => number, p: number, low: number, high: number): number {
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (increasing(middle) < p) low = middle;
    else high = middle;
  }
}
