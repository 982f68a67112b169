/*
 * Arai, Agui, Nakajima (1988): the 8x8 DCT with five multiplications a line. Its results carry factors (SCALES along
 * each axis, and 8), which the quantisation takes along for nothing. Only +, -, * in double precision: the same bits
 * everywhere.
 */

/** cos(k pi / 16) sqrt(2) for k > 0. */
export const SCALES: readonly number[] = [
  1, 1.387039845322148, 1.306562964876377, 1.175875602419359, 1, 0.785694958387102, 0.541196100146197,
  0.275899379282943,
];

export function forwardDct(block: Float64Array): void {
  for (let row = 0; row < 64; row += 8) forwardLine(block, row, 1);
  for (let column = 0; column < 8; column++) forwardLine(block, column, 8);
}

export function inverseDct(block: Float64Array): void {
  for (let column = 0; column < 8; column++) inverseLine(block, column, 8);
  for (let row = 0; row < 64; row += 8) inverseLine(block, row, 1);
}

function forwardLine(v: Float64Array, at: number, step: number): void {
  const [i1, i2, i3, i4] = [at + step, at + 2 * step, at + 3 * step, at + 4 * step];
  const [i5, i6, i7] = [at + 5 * step, at + 6 * step, at + 7 * step];
  const [v0, v1, v2, v3] = [v[at] as number, v[i1] as number, v[i2] as number, v[i3] as number];
  const [v4, v5, v6, v7] = [v[i4] as number, v[i5] as number, v[i6] as number, v[i7] as number];
  const [s0, s1, s2, s3] = [v0 + v7, v1 + v6, v2 + v5, v3 + v4];
  const [d0, d1, d2, d3] = [v0 - v7, v1 - v6, v2 - v5, v3 - v4];
  const [a, b, c, d] = [s0 + s3, s1 + s2, s1 - s2, s0 - s3];
  const z = (c + d) * Math.SQRT1_2;
  v[at] = a + b;
  v[i4] = a - b;
  v[i2] = d + z;
  v[i6] = d - z;
  const [e, f, g] = [d3 + d2, d2 + d1, d1 + d0];
  const z5 = (e - g) * 0.38268343236509;
  const z2 = 0.541196100146197 * e + z5;
  const z4 = 1.306562964876377 * g + z5;
  const z3 = f * Math.SQRT1_2;
  const [z11, z13] = [d0 + z3, d0 - z3];
  v[i5] = z13 + z2;
  v[i3] = z13 - z2;
  v[i1] = z11 + z4;
  v[i7] = z11 - z4;
}

function inverseLine(v: Float64Array, at: number, step: number): void {
  const [i1, i2, i3, i4] = [at + step, at + 2 * step, at + 3 * step, at + 4 * step];
  const [i5, i6, i7] = [at + 5 * step, at + 6 * step, at + 7 * step];
  const [v0, v1, v2, v3] = [v[at] as number, v[i1] as number, v[i2] as number, v[i3] as number];
  const [v4, v5, v6, v7] = [v[i4] as number, v[i5] as number, v[i6] as number, v[i7] as number];
  const [a, b, c] = [v0 + v4, v0 - v4, v2 + v6];
  const d = (v2 - v6) * Math.SQRT2 - c;
  const [e0, e3, e1, e2] = [a + c, a - c, b + d, b - d];
  const [z13, z10, z11, z12] = [v5 + v3, v5 - v3, v1 + v7, v1 - v7];
  const o7 = z11 + z13;
  const z5 = (z10 + z12) * 1.847759065022573;
  const o6 = z5 - 2.613125929752753 * z10 - o7;
  const o5 = (z11 - z13) * Math.SQRT2 - o6;
  const o4 = 1.082392200292394 * z12 - z5 + o5;
  v[at] = e0 + o7;
  v[i7] = e0 - o7;
  v[i1] = e1 + o6;
  v[i6] = e1 - o6;
  v[i2] = e2 + o5;
  v[i5] = e2 - o5;
  v[i4] = e3 + o4;
  v[i3] = e3 - o4;
}
