/**
 * Factors a symmetric, positive definite matrix in place: its lower triangle, diagonal included, becomes the L of `L L^T`.
 * @param matrix `[N,N]`; what is above the diagonal is neither read nor written
 */
export function choleskyInPlace(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j <= i; j++) {
      const other = j * n;
      let rest = matrix[row + j]!;
      for (let k = 0; k < j; k++) rest -= matrix[row + k]! * matrix[other + k]!;
      matrix[row + j] = i === j ? Math.sqrt(rest) : rest / matrix[other + j]!;
    }
  }
}

/**
 * Solves `L L^T X = B` in place of B.
 * @param lower `[N,N]`, of {@link choleskyInPlace}
 * @param b `[N,K]`
 */
export function solveCholesky(lower: Float64Array, n: number, b: Float64Array): void {
  const width = b.length / n;
  const subtract = (to: number, factor: number, from: number): void => {
    for (let k = 0; k < width; k++) b[to * width + k] = b[to * width + k]! - factor * b[from * width + k]!;
  };
  const divide = (row: number): void => {
    for (let k = 0; k < width; k++) b[row * width + k] = b[row * width + k]! / lower[row * n + row]!;
  };
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) subtract(i, lower[i * n + j]!, j);
    divide(i);
  }
  for (let i = n - 1; i >= 0; i--) {
    divide(i);
    for (let j = 0; j < i; j++) subtract(j, lower[i * n + j]!, i);
  }
}
