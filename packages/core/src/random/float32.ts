const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The largest float32 below `x` (finite, within float32's range). */
export function largestFloat32Below(x: number): number {
  const rounded = Math.fround(x);
  return rounded < x ? rounded : stepDown(rounded);
}

/** The smallest float32 at or above `x` (finite, within float32's range). */
export function smallestFloat32AtLeast(x: number): number {
  const rounded = Math.fround(x);
  return rounded >= x ? rounded : -stepDown(-rounded);
}

function stepDown(value: number): number {
  if (value === 0) return -(2 ** -149);
  float[0] = value;
  bits[0] = bits[0]! + (value > 0 ? -1 : 1);
  return float[0];
}
