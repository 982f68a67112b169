type Size = readonly [height: number, width: number];

/** How the positions of a map are divided into windows. The map is padded at the bottom and right to fill the last ones. */
export interface WindowPlan {
  /** Rows and columns after padding. */
  readonly padded: Size;
  /** Number of windows. */
  readonly count: number;
  /** Positions per window: N. */
  readonly tokens: number;
  /** Position in the padded map by position in the windows, window after window. */
  readonly order: Int32Array;
  /** `[count,N,N]`: -100 for pairs that share a window only because of the shift, added to their scores. */
  readonly mask: Float32Array | undefined;
}

const MASKED = -100;

/**
 * Divides a map into windows that are shifted down and to the right; rows and columns that fall out at the top and left come
 * back at the bottom and right.
 *
 * @param shift rows and columns; 0 along an axis that one window covers
 * @param order `padFirst` shifts the padding too, as torchvision does; `rollFirst` only the map, as timm does
 */
export function windowPlan(
  map: Size,
  window: Size,
  shift: Size,
  order: 'padFirst' | 'rollFirst',
): WindowPlan {
  const axes = [0, 1].map((axis) => planAxis(map[axis]!, window[axis]!, shift[axis]!, order));
  const [rows, columns] = axes as [Axis, Axis];
  const tokens = window[0] * window[1];
  const across = columns.order.length / window[1];
  const count = (rows.order.length / window[0]) * across;
  const positions = new Int32Array(count * tokens);
  const regions = new Int32Array(count * tokens);
  for (let i = 0; i < positions.length; i++) {
    const [at, inside] = [Math.floor(i / tokens), i % tokens];
    const row = Math.floor(at / across) * window[0] + Math.floor(inside / window[1]);
    const column = (at % across) * window[1] + (inside % window[1]);
    positions[i] = rows.order[row]! * columns.order.length + columns.order[column]!;
    regions[i] = 3 * rows.regions[row]! + columns.regions[column]!;
  }
  return {
    padded: [rows.order.length, columns.order.length],
    count,
    tokens,
    order: positions,
    mask: rows.isShifted || columns.isShifted ? maskOf(regions, count, tokens) : undefined,
  };
}

interface Axis {
  /** Order of the rows of the padded map. */
  readonly order: readonly number[];
  /** Region of each: positions of different regions are neighbors only because of the shift. */
  readonly regions: readonly number[];
  readonly isShifted: boolean;
}

function planAxis(extent: number, window: number, shift: number, order: 'padFirst' | 'rollFirst'): Axis {
  const padded = Math.ceil(extent / window) * window;
  const by = order === 'padFirst' && window >= padded ? 0 : shift;
  const rolled = order === 'padFirst' ? padded : extent;
  const all = Array.from({ length: padded }, (_, i) => i);
  return {
    order: all.map((i) => (i < rolled ? (i + by) % rolled : i)),
    regions: all.map((i) => (by === 0 || i < padded - window ? 0 : i < padded - by ? 1 : 2)),
    isShifted: by > 0,
  };
}

function maskOf(regions: Int32Array, count: number, tokens: number): Float32Array {
  const mask = new Float32Array(count * tokens * tokens);
  for (let window = 0; window < count; window++) {
    for (let from = 0; from < tokens; from++) {
      for (let to = 0; to < tokens; to++) {
        const isApart = regions[window * tokens + from] !== regions[window * tokens + to];
        if (isApart) mask[(window * tokens + from) * tokens + to] = MASKED;
      }
    }
  }
  return mask;
}
