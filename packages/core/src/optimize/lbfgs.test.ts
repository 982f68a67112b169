import { expect, test } from 'vitest';
import { minimizeLbfgs } from './lbfgs.ts';

test("finds the minimum of Rosenbrock's valley", () => {
  const valley = (x: Float64Array, gradient: Float64Array) => {
    const [a, b] = [x[0]!, x[1]!];
    gradient[0] = -2 * (1 - a) - 400 * a * (b - a * a);
    gradient[1] = 200 * (b - a * a);
    return (1 - a) ** 2 + 100 * (b - a * a) ** 2;
  };
  const start = Float64Array.of(-1.2, 1);
  const { x, value, converged, iterations } = minimizeLbfgs(valley, start, { tolerance: 1e-9 });
  expect([...x].map((coordinate) => Math.abs(coordinate - 1) < 1e-8)).toEqual([true, true]);
  expect(value).toBeLessThan(1e-16);
  expect(converged).toBe(true);
  expect(iterations).toBeLessThan(60);
  expect([...start]).toEqual([-1.2, 1]);
});

test('solves a badly scaled quadratic form in 50 dimensions', () => {
  const weights = Float64Array.from({ length: 50 }, (_, i) => 10 ** (i / 12));
  const bowl = (x: Float64Array, gradient: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) {
      const off = x[i]! - i;
      gradient[i] = 2 * weights[i]! * off;
      sum += weights[i]! * off * off;
    }
    return sum;
  };
  const { x, converged } = minimizeLbfgs(bowl, new Float64Array(50), {
    tolerance: 1e-7,
    maxIterations: 2000,
  });
  expect(converged).toBe(true);
  expect(Math.max(...x.map((value, i) => Math.abs(value - i)))).toBeLessThan(1e-6);
});

test('reports an early stop, and rejects a start that is not finite', () => {
  const slow = (x: Float64Array, gradient: Float64Array) => {
    gradient[0] = 4 * x[0]! ** 3;
    return x[0]! ** 4;
  };
  expect(minimizeLbfgs(slow, Float64Array.of(10), { maxIterations: 2, tolerance: 1e-12 }).converged).toBe(
    false,
  );
  expect(() => minimizeLbfgs(() => Number.NaN, Float64Array.of(1))).toThrow(/not finite at the start/);
});
