import { expect, test } from 'vitest';
import { Rng } from '../random/rng.ts';
import { choleskyInPlace, solveCholesky } from './cholesky.ts';

test('factors the textbook example', () => {
  const matrix = Float64Array.of(4, 12, -16, 12, 37, -43, -16, -43, 98);
  choleskyInPlace(matrix, 3);
  expect([0, 3, 4, 6, 7, 8].map((at) => matrix[at])).toEqual([2, 6, 1, -8, 5, 3]);
});

test.each([1, 2, 7, 40])('solves %d equations for three right-hand sides', (n) => {
  const rng = Rng.fromSeed(n);
  const root = Float64Array.from({ length: n * n }, () => rng.normal());
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let sum = i === j ? 1 : 0;
      for (let k = 0; k < n; k++) sum += root[i * n + k]! * root[j * n + k]!;
      matrix[i * n + j] = sum;
    }
  const wanted = Float64Array.from({ length: n * 3 }, () => rng.normal());
  const b = new Float64Array(n * 3);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      for (let k = 0; k < 3; k++) b[i * 3 + k] = b[i * 3 + k]! + matrix[i * n + j]! * wanted[j * 3 + k]!;
  choleskyInPlace(matrix, n);
  solveCholesky(matrix, n, b);
  wanted.forEach((value, i) => {
    expect(b[i]).toBeCloseTo(value, 8);
  });
});
