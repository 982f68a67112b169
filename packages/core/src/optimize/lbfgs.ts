import { PodiumError } from '../errors.ts';

/** A function's value, and its gradient written into `gradient`. */
export type ValueAndGradient = (x: Float64Array, gradient: Float64Array) => number;

export interface LbfgsOptions {
  /** Default 200. */
  readonly maxIterations?: number;
  /** Stops where the largest part of the gradient is below this. Default 1e-5. */
  readonly tolerance?: number;
  /** Number of recent steps from which the curvature is estimated. Default 10. */
  readonly memory?: number;
  /**
   * Multiplies a vector, in place, by an estimate of the inverse Hessian, which must be symmetric and positive definite. It
   * changes how many iterations are needed, not where the minimum is. Default: the identity, scaled by the last step.
   */
  readonly precondition?: (vector: Float64Array) => void;
}

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** Whether the gradient fell below `tolerance`. */
  readonly converged: boolean;
}

/**
 * Minimizes a smooth function by L-BFGS with a line search for the strong Wolfe conditions (Nocedal and Wright, Numerical
 * Optimization, algorithms 7.4 and 3.5).
 *
 * @param start not modified
 * @throws PodiumError `optimize-not-finite` if the function is not finite at the start
 *
 * @example
 * const { x } = minimizeLbfgs((x, gradient) => {
 *   gradient[0] = 2 * (x[0]! - 3);
 *   return (x[0]! - 3) ** 2;
 * }, Float64Array.of(0));   // x[0] is 3
 */
export function minimizeLbfgs(
  f: ValueAndGradient,
  start: Float64Array,
  { maxIterations = 200, tolerance = 1e-5, memory = 10, precondition }: LbfgsOptions = {},
): Minimum {
  let x: Float64Array = start.slice();
  let gradient: Float64Array = new Float64Array(x.length);
  let value = f(x, gradient);
  if (!Number.isFinite(value)) {
    throw new PodiumError({
      code: 'optimize-not-finite',
      message: 'the function to minimize is not finite at the start',
      expected: 'a finite number',
      got: String(value),
    });
  }
  const history: { readonly s: Float64Array; readonly y: Float64Array; readonly rho: number }[] = [];
  for (let iterations = 0; iterations < maxIterations; iterations++) {
    if (largestPart(gradient) < tolerance) return { x, value, iterations, converged: true };
    const direction = descend(gradient, history, precondition);
    const first =
      iterations === 0 && precondition === undefined ? Math.min(1, 1 / Math.max(norm(gradient), 1e-12)) : 1;
    const step = search(f, x, value, gradient, direction, first);
    if (step === undefined) {
      // Rounding hides any further descent: drop a stale curvature and try once more, then stop.
      if (history.length === 0) return { x, value, iterations, converged: false };
      history.length = 0;
      continue;
    }
    const s = difference(step.x, x);
    const y = difference(step.gradient, gradient);
    const curvature = dot(s, y);
    if (curvature > 1e-12 * dot(y, y)) {
      history.push({ s, y, rho: 1 / curvature });
      if (history.length > memory) history.shift();
    }
    ({ x, value, gradient } = step);
  }
  return { x, value, iterations: maxIterations, converged: largestPart(gradient) < tolerance };
}

/** The two-loop recursion: minus the estimated inverse Hessian times the gradient. */
function descend(
  gradient: Float64Array,
  history: readonly { s: Float64Array; y: Float64Array; rho: number }[],
  precondition: LbfgsOptions['precondition'],
): Float64Array {
  const q = gradient.map((value) => -value);
  const alphas = new Float64Array(history.length);
  for (let i = history.length - 1; i >= 0; i--) {
    const { s, y, rho } = history[i]!;
    alphas[i] = rho * dot(s, q);
    addScaled(q, y, -alphas[i]!);
  }
  const last = history.at(-1);
  if (precondition !== undefined) precondition(q);
  else if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < q.length; i++) q[i] = q[i]! * scale;
  }
  history.forEach(({ s, y, rho }, i) => {
    addScaled(q, s, alphas[i]! - rho * dot(y, q));
  });
  return q;
}

interface Point {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

const ARMIJO = 1e-4;
const WOLFE = 0.9;
const MAX_TRIALS = 30;

/** A step along `direction` that satisfies the strong Wolfe conditions, or undefined if none lowers the value. */
function search(
  f: ValueAndGradient,
  x: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
  first: number,
): Point | undefined {
  const slope = dot(gradient, direction);
  if (!(slope < 0)) return undefined;
  const at = (step: number): Point & { slope: number } => {
    const next = x.map((coordinate, i) => coordinate + step * direction[i]!);
    const nextGradient = new Float64Array(x.length);
    const nextValue = f(next, nextGradient);
    return { x: next, value: nextValue, gradient: nextGradient, slope: dot(nextGradient, direction) };
  };
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  let step = first;
  let best: Point | undefined;
  for (let trial = 0; trial < MAX_TRIALS; trial++) {
    const point = at(step);
    if (!(point.value <= value + ARMIJO * step * slope)) {
      high = step;
    } else {
      if (best === undefined || point.value < best.value) best = point;
      if (Math.abs(point.slope) <= -WOLFE * slope) return point;
      if (point.slope < 0) low = step;
      else high = step;
    }
    step = high === Number.POSITIVE_INFINITY ? 2 * step : (low + high) / 2;
    if (high - low < 1e-14 * high) break;
  }
  return best;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(to: Float64Array, by: Float64Array, scale: number): void {
  for (let i = 0; i < to.length; i++) to[i] = to[i]! + scale * by[i]!;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]!);
}

function norm(values: Float64Array): number {
  return Math.sqrt(dot(values, values));
}

function largestPart(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}
