/** `x' = (a x + b y + c) / (g x + h y + 1)`, `y' = (d x + e y + f) / (g x + h y + 1)`. */
export type Homography = readonly [number, number, number, number, number, number, number, number];

/**
 * The homography that maps four points to four others, each list as `x, y, x, y...`; undefined if three points of a list
 * lie on one line. Gauss-Jordan elimination with pivoting on the eight equations.
 */
export function homography(from: readonly number[], to: readonly number[]): Homography | undefined {
  const rows: number[][] = [];
  for (let i = 0; i < 8; i += 2) {
    const [x = 0, y = 0] = from.slice(i);
    const [u = 0, v = 0] = to.slice(i);
    rows.push([x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]);
  }
  for (let column = 0; column < 8; column++) {
    const size = (row: number[]) => Math.abs(row[column] ?? 0);
    let best = column;
    for (let i = column + 1; i < 8; i++) {
      if (size(rows[i]!) > size(rows[best]!)) best = i;
    }
    const pivot = rows[best]!;
    if (size(pivot) < 1e-9) return undefined;
    rows[best] = rows[column]!;
    const lead = pivot[column]!;
    rows[column] = pivot.map((value) => value / lead);
    for (let i = 0; i < 8; i++) {
      const row = rows[i]!;
      const share = row[column]!;
      if (i !== column && share !== 0) {
        rows[i] = row.map((value, j) => value - share * (rows[column]?.[j] ?? 0));
      }
    }
  }
  return rows.map((row) => row[8]!) as unknown as Homography;
}
