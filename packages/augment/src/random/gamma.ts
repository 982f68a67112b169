import type { Rng } from '@podium/core';
import { logarithm, power } from '../portable-math.ts';

/** Gamma-distributed with the given shape > 0 and scale 1 (Marsaglia and Tsang 2000). */
function gamma(rng: Rng, shape: number): number {
  // A shape below 1 is raised by one, then corrected by a power of a uniform number.
  if (shape < 1) return gamma(rng, shape + 1) * power(1 - rng.float(), 1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = rng.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    const u = 1 - rng.float();
    if (logarithm(u) < 0.5 * x * x + d - d * v + d * logarithm(v)) return d * v;
  }
}

/** Beta-distributed in [0, 1], with both parameters `alpha` > 0. */
export function beta(rng: Rng, alpha: number): number {
  return dirichlet(rng, alpha, 2)[0]!;
}

/** `count` shares that sum to 1, Dirichlet-distributed with all parameters `alpha` > 0. */
export function dirichlet(rng: Rng, alpha: number, count: number): number[] {
  const parts = Array.from({ length: count }, () => gamma(rng, alpha));
  const sum = parts.reduce((total, part) => total + part, 0);
  // With a tiny alpha all parts may underflow. In the limit, one of them gets everything.
  if (sum > 0) return parts.map((part) => part / sum);
  const winner = rng.int(count);
  return parts.map((_, i) => (i === winner ? 1 : 0));
}
