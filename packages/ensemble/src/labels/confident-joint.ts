/** Probabilities are equal within this: cleanlab's tolerance. */
export const SAME = 1e-6;

/**
 * A class's threshold: the mean probability of the class over the rows labeled so. A class without rows gets 2, which no
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
  return sums.map((sum, k) => (counts[k] === 0 ? 2 : Math.max(2 * SAME, sum / counts[k]!)));
}

/**
 * The class that a row confidently belongs to: the one whose threshold it reaches; of several, its largest probability; -1
 * where there is none. `[N]`
 */
export function confidentClasses(values: ArrayLike<number>, thresholds: Float64Array): Int32Array {
  const width = thresholds.length;
  return Int32Array.from({ length: values.length / width }, (_, row) => {
    let reached = 0;
    let one = -1;
    let most = 0;
    for (let k = 0; k < width; k++) {
      const value = values[row * width + k]!;
      if (value > values[row * width + most]!) most = k;
      if (value < thresholds[k]! - SAME) continue;
      reached++;
      if (one < 0) one = k;
    }
    return reached > 1 ? most : one;
  });
}

/**
 * The calibrated confident joint `[K][K]`: how many rows with the given label i are estimated to belong to class j, whole
 * numbers whose rows sum to the labels' counts.
 */
export function confidentJoint(labels: Int32Array, confident: Int32Array, width: number): number[][] {
  const joint = Array.from({ length: width }, () => new Array<number>(width).fill(0));
  const counts = new Array<number>(width).fill(0);
  labels.forEach((label, row) => {
    counts[label] = counts[label]! + 1;
    const k = confident[row]!;
    const own = joint[label]!;
    if (k >= 0) own[k] = own[k]! + 1;
  });
  return joint.map((row, i) => {
    // At least one row of each class is right.
    row[i] = Math.max(1, row[i]!);
    const sum = row.reduce((total, value) => total + value, 0);
    return roundToSum(row.map((value) => (value / sum) * counts[i]!));
  });
}

/**
 * Rounded to integers whose sum is the rounded sum: what was rounded furthest the wrong way gives way. Of equals
 * the last goes up and the first down: cleanlab's order with a stable sort. Its own, NumPy's, is not stable and differs
 * between processors, so that a few counts of its joint may differ by 1.
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

/** As IEEE 754 and NumPy round. */
function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  const part = value - low;
  if (part !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}
