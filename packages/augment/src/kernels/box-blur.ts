/**
 * Smooths `field` (`[height, width]`) in place, approximating a Gaussian of `sigma` pixels by three box blurs with running
 * sums along each axis, so that the cost does not grow with sigma. Edge values are repeated outward.
 */
export function smoothField(field: Float32Array, width: number, height: number, sigma: number): void {
  if (sigma <= 0) return;
  const scratch = new Float32Array(field.length);
  for (const radius of boxRadii(sigma)) {
    if (radius === 0) continue;
    blurRows(field, scratch, width, height, Math.min(radius, width));
    blurColumns(scratch, field, width, height, Math.min(radius, height));
  }
}

/** Radii of three boxes whose variances sum to sigma^2, as closely as whole numbers allow (Kovesi 2010). */
function boxRadii(sigma: number): number[] {
  const ideal = Math.sqrt(4 * sigma * sigma + 1);
  const lower = Math.max(0, Math.floor((ideal - 1) / 2));
  const size = 2 * lower + 1;
  const small = Math.round((12 * sigma * sigma - 3 * size * size - 12 * size - 9) / (-4 * size - 4));
  return [0, 1, 2].map((i) => (i < small ? lower : lower + 1));
}

function blurRows(from: Float32Array, to: Float32Array, width: number, height: number, radius: number): void {
  const share = 1 / (2 * radius + 1);
  const last = width - 1;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let sum = from[row]! * (radius + 1);
    for (let i = 1; i <= radius; i++) sum += from[row + Math.min(i, last)]!;
    for (let x = 0; x < width; x++) {
      to[row + x] = sum * share;
      const enters = x + radius + 1;
      const leaves = x - radius;
      sum += from[row + (enters < last ? enters : last)]! - from[row + (leaves > 0 ? leaves : 0)]!;
    }
  }
}

function blurColumns(
  from: Float32Array,
  to: Float32Array,
  width: number,
  height: number,
  radius: number,
): void {
  const share = 1 / (2 * radius + 1);
  const last = height - 1;
  const sums = new Float64Array(width);
  for (let i = -radius; i <= radius; i++) {
    const row = Math.max(0, Math.min(i, last)) * width;
    for (let x = 0; x < width; x++) sums[x] = sums[x]! + from[row + x]!;
  }
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const enters = Math.min(y + radius + 1, last) * width;
    const leaves = Math.max(y - radius, 0) * width;
    for (let x = 0; x < width; x++) {
      const sum = sums[x]!;
      to[row + x] = sum * share;
      sums[x] = sum + from[enters + x]! - from[leaves + x]!;
    }
  }
}
