import { PodiumError } from '@podium/core';

/** A value for rows and one for columns; a single number means both. */
export type Pair = number | readonly [height: number, width: number];

/**
 * Padding around an image, with zeros (max pooling: -infinity): PyTorch's symmetric padding as a number or a pair, one
 * value per side as `[[top, bottom], [left, right]]`, or the name of TensorFlow's rule.
 */
export type Padding =
  | Pair
  | readonly [readonly [number, number], readonly [number, number]]
  | 'same'
  | 'valid';

/** A sliding window along one axis of an image. */
export interface Axis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  readonly out: number;
}

/** A sliding window over an image. */
export interface Geometry {
  readonly height: Axis;
  readonly width: Axis;
}

/** Options of a sliding window, as in PyTorch. */
export interface Window {
  readonly kernelSize: Pair;
  readonly stride?: Pair;
  readonly padding?: Padding;
  readonly dilation?: Pair;
  /** Round the output size up instead of down. Default: false. */
  readonly ceilMode?: boolean;
}

/**
 * Geometry of a window that slides over `[B,H,W,C]`, with output sizes by PyTorch's rule, or by TensorFlow's for `same`
 * and `valid`.
 * @throws PodiumError `engine-shape` if the input is not 4-D or the window does not fit
 */
export function slide(shape: readonly number[], window: Window, what: string): Geometry {
  if (shape.length !== 4) {
    throw new PodiumError({
      code: 'engine-shape',
      message: what,
      expected: 'an input [B,H,W,C]',
      got: `[${shape}]`,
    });
  }
  return { height: axis(shape, window, 0, what), width: axis(shape, window, 1, what) };
}

function axis(shape: readonly number[], window: Window, which: 0 | 1, what: string): Axis {
  const size = shape[which + 1]!;
  const kernel = pick(window.kernelSize, which);
  const stride = pick(window.stride ?? 1, which);
  const dilation = pick(window.dilation ?? 1, which);
  const extent = (kernel - 1) * dilation + 1;
  const padding = window.padding ?? 0;
  if (padding === 'same') {
    const out = Math.ceil(size / stride);
    const total = Math.max((out - 1) * stride + extent - size, 0);
    const before = Math.floor(total / 2);
    return { size, kernel, stride, dilation, before, after: total - before, out };
  }
  const [before, after] = padding === 'valid' ? [0, 0] : sides(padding, which);
  const steps = (size + before + after - extent) / stride;
  let out = (window.ceilMode === true ? Math.ceil(steps) : Math.floor(steps)) + 1;
  // As in PyTorch, the last window must start inside the image or its left padding.
  if (window.ceilMode === true && (out - 1) * stride >= size + before) out--;
  if (out < 1) {
    throw new PodiumError({
      code: 'engine-shape',
      message: `${what}: the window is larger than the padded image`,
      expected: `at least ${extent} ${which === 0 ? 'rows' : 'columns'} with padding`,
      got: `[${shape}] and padding ${before}+${after}`,
    });
  }
  return { size, kernel, stride, dilation, before, after, out };
}

function sides(padding: Exclude<Padding, string>, which: 0 | 1): readonly [number, number] {
  const side = typeof padding === 'number' ? padding : padding[which];
  return typeof side === 'number' ? [side, side] : side;
}

/** The value of a pair for rows (0) or columns (1). */
export function pick(pair: Pair, which: 0 | 1): number {
  return typeof pair === 'number' ? pair : pair[which];
}

/**
 * Rows below (or columns right of) the image that the last window reads; negative if it leaves some of the image
 * unread.
 */
function overhang({ size, kernel, stride, dilation, before, out }: Axis): number {
  return (out - 1) * stride + (kernel - 1) * dilation + 1 - before - size;
}

/** The padding that windows actually read: the declared padding without what no window reaches. */
export function imageMargins({ height, width }: Geometry): [[number, number], [number, number]] {
  return [
    [height.before, Math.max(overhang(height), 0)],
    [width.before, Math.max(overhang(width), 0)],
  ];
}

/** TensorFlow's name for the padding, if it equals one of TensorFlow's own rules. */
export function paddingName({ height, width }: Geometry): 'SAME' | 'VALID' | undefined {
  const axes = [height, width];
  if (axes.every((axis) => axis.before === 0 && overhang(axis) <= 0)) return 'VALID';
  const isSame = axes.every((axis) => {
    if (axis.out !== Math.ceil(axis.size / axis.stride)) return false;
    const total = Math.max(overhang(axis) + axis.before, 0);
    return axis.before === Math.floor(total / 2);
  });
  return isSame ? 'SAME' : undefined;
}
