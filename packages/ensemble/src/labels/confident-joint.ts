/** Probabilities that differ by less count as equal: cleanlab's tolerance. */
export const TOLERANCE = 1e-6;

/**
 * Threshold per class: the mean probability of the class over the rows labeled as it. A class without rows gets 2, which no
 * probability reaches.
 */
export function confidentThresholds(
  labels: Int32Array,
  values: ArrayLike<number>,
  width: number,
): Float64Array {
  const sums = new Float64Array(width);
  const counts = new Uint32Array(width);
  labels.forEach((label, row) => {
    sums[label] = sums[label]! + values[row * width + label]!;
    counts[label] = counts[label]! + 1;
  });
  return sums.map((sum, k) => (counts[k] === 0 ? 2 : Math.max(2 * TOLERANCE, sum / counts[k]!)));
}

/**
 * `[N]`: the class that each row confidently belongs to: the one whose threshold it reaches; of several, the most probable
 * class; -1 without one.
 */
export function confidentClasses(values: ArrayLike<number>, thresholds: Float64Array): Int32Array {
  const width = thresholds.length;
  return Int32Array.from({ length: values.length / width }, (_, row) => {
    let reached = 0;
    let only = -1;
    let top = 0;
    for (let k = 0; k < width; k++) {
      const value = values[row * width + k]!;
      if (value > values[row * width + top]!) top = k;
      if (value < thresholds[k]! - TOLERANCE) continue;
      reached++;
      if (only < 0) only = k;
    }
    return reached > 1 ? top : only;
  });
}

/**
 * The calibrated confident joint `[K][K]`: how many rows labeled i are estimated to belong to class j, as integers whose rows
 * sum to the labels' counts.
 */
export function confidentJoint(labels: Int32Array, confident: Int32Array, width: number): number[][] {
  const joint = Array.from({ length: width }, () => new Array<number>(width).fill(0));
  const counts = new Array<number>(width).fill(0);
  labels.forEach((label, i) => {
    counts[label] = counts[label]! + 1;
    const k = confident[i]!;
    const row = joint[label]!;
    if (k >= 0) row[k] = row[k]! + 1;
  });
  return joint.map((row, i) => {
    // At least one row of each class is labeled correctly.
    row[i] = Math.max(1, row[i]!);
    const sum = row.reduce((total, value) => total + value, 0);
    return roundToSum(row.map((value) => (value / sum) * counts[i]!));
  });
}

/**
 * Rounds to integers whose sum is the rounded sum, by adjusting the values that were rounded furthest in the wrong
 * direction. Of equal ones the last is raised and the first lowered, as in cleanlab with a stable sort; its own sort,
 * NumPy's, is not stable, so a few counts may differ by 1.
 */
function roundToSum(values: readonly number[]): number[] {
  const result = values.map(roundHalfEven);
  const target = roundHalfEven(values.reduce((total, value) => total + value, 0));
  for (;;) {
    const missing = target - result.reduce((total, value) => total + value, 0);
    if (missing === 0) return result;
    const sign = Math.sign(missing);
    const order = values
      .map((value, index) => ({ index, off: value - result[index]! }))
      .sort((a, b) => sign * (b.off - a.off || b.index - a.index));
    for (const { index } of order.slice(0, Math.abs(missing))) result[index] = result[index]! + sign;
  }
}

/** Rounds half to even, as NumPy does. */
function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  const part = value - low;
  if (part !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}
