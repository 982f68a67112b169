/*
 * Arai, Agui, Nakajima (1988): the 8x8 DCT with five multiplications per line. Its results carry factors (SCALES along
 * each axis, and 8), which are folded into the quantization. It uses only +, - and * in double precision, so the bits are
 * the same everywhere.
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
  const i1 = at + step;
  const i2 = at + 2 * step;
  const i3 = at + 3 * step;
  const i4 = at + 4 * step;
  const i5 = at + 5 * step;
  const i6 = at + 6 * step;
  const i7 = at + 7 * step;
  const v0 = v[at]!;
  const v1 = v[i1]!;
  const v2 = v[i2]!;
  const v3 = v[i3]!;
  const v4 = v[i4]!;
  const v5 = v[i5]!;
  const v6 = v[i6]!;
  const v7 = v[i7]!;
  const s0 = v0 + v7;
  const s1 = v1 + v6;
  const s2 = v2 + v5;
  const s3 = v3 + v4;
  const d0 = v0 - v7;
  const d1 = v1 - v6;
  const d2 = v2 - v5;
  const d3 = v3 - v4;
  const a = s0 + s3;
  const b = s1 + s2;
  const c = s1 - s2;
  const d = s0 - s3;
  const z = (c + d) * Math.SQRT1_2;
  v[at] = a + b;
  v[i4] = a - b;
  v[i2] = d + z;
  v[i6] = d - z;
  const e = d3 + d2;
  const f = d2 + d1;
  const g = d1 + d0;
  const z5 = (e - g) * 0.38268343236509;
  const z2 = 0.541196100146197 * e + z5;
  const z4 = 1.306562964876377 * g + z5;
  const z3 = f * Math.SQRT1_2;
  const z11 = d0 + z3;
  const z13 = d0 - z3;
  v[i5] = z13 + z2;
  v[i3] = z13 - z2;
  v[i1] = z11 + z4;
  v[i7] = z11 - z4;
}

function inverseLine(v: Float64Array, at: number, step: number): void {
  const i1 = at + step;
  const i2 = at + 2 * step;
  const i3 = at + 3 * step;
  const i4 = at + 4 * step;
  const i5 = at + 5 * step;
  const i6 = at + 6 * step;
  const i7 = at + 7 * step;
  const v0 = v[at]!;
  const v1 = v[i1]!;
  const v2 = v[i2]!;
  const v3 = v[i3]!;
  const v4 = v[i4]!;
  const v5 = v[i5]!;
  const v6 = v[i6]!;
  const v7 = v[i7]!;
  const a = v0 + v4;
  const b = v0 - v4;
  const c = v2 + v6;
  const d = (v2 - v6) * Math.SQRT2 - c;
  const e0 = a + c;
  const e3 = a - c;
  const e1 = b + d;
  const e2 = b - d;
  const z13 = v5 + v3;
  const z10 = v5 - v3;
  const z11 = v1 + v7;
  const z12 = v1 - v7;
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
