type Size = readonly [height: number, width: number];

/** How the positions of a map, with what is added below and at the right to fill the last windows, go into windows. */
export interface WindowPlan {
  /** Rows and columns with the filling. */
  readonly padded: Size;
  /** Number of windows. */
  readonly count: number;
  /** Positions of a window: N. */
  readonly tokens: number;
  /** Which position is the i-th of all windows', window after window. */
  readonly order: Int32Array;
  /** `[count,N,N]`: what the scores of positions get that lie in one window by the shift alone, -100; undefined: none. */
  readonly mask: Float32Array | undefined;
}

const APART = -100;

/**
 * Deals out a map to windows that begin `shift` further down and right, what falls out above and at the left coming back
 * below and at the right.
 *
 * @param shift rows and columns; none along an axis that one window covers
 * @param order `padFirst` rolls the filling too, as torchvision does; `rollFirst` only the map, as timm does
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
  const across = columns.places.length / window[1];
  const count = (rows.places.length / window[0]) * across;
  const positions = new Int32Array(count * tokens);
  const regions = new Int32Array(count * tokens);
  for (let i = 0; i < positions.length; i++) {
    const [at, inside] = [Math.floor(i / tokens), i % tokens];
    const row = Math.floor(at / across) * window[0] + Math.floor(inside / window[1]);
    const column = (at % across) * window[1] + (inside % window[1]);
    positions[i] = rows.places[row]! * columns.places.length + columns.places[column]!;
    regions[i] = 3 * rows.regions[row]! + columns.regions[column]!;
  }
  return {
    padded: [rows.places.length, columns.places.length],
    count,
    tokens,
    order: positions,
    mask: rows.isShifted || columns.isShifted ? maskOf(regions, count, tokens) : undefined,
  };
}

interface Axis {
  /** Which row of the padded map comes first, second, ... */
  readonly places: readonly number[];
  /** Which of the parts that lie side by side by the shift alone each belongs to. */
  readonly regions: readonly number[];
  readonly isShifted: boolean;
}

function planAxis(extent: number, window: number, shift: number, order: 'padFirst' | 'rollFirst'): Axis {
  const padded = Math.ceil(extent / window) * window;
  const by = order === 'padFirst' && window >= padded ? 0 : shift;
  const rolled = order === 'padFirst' ? padded : extent;
  const all = Array.from({ length: padded }, (_, i) => i);
  return {
    places: all.map((i) => (i < rolled ? (i + by) % rolled : i)),
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
        if (isApart) mask[(window * tokens + from) * tokens + to] = APART;
      }
    }
  }
  return mask;
}
