/** Number of colors of categories: `--c0`, `--c1`, ... in the style sheet, told apart in both themes. */
export const COLORS = 20;

/** How a category is drawn: a color, and from the 21st category on another kind of dot. */
export interface Encoding {
  readonly fill: string;
  readonly stroke: string;
  /** Of the stroke. */
  readonly dash: string | undefined;
}

/** Kinds of dots: full, ring, full with a dark edge, dark with a ring, dashed ring. */
const KINDS: readonly ((color: string) => Encoding)[] = [
  (color) => ({ fill: color, stroke: color, dash: undefined }),
  (color) => ({ fill: 'var(--surface)', stroke: color, dash: undefined }),
  (color) => ({ fill: color, stroke: 'var(--ink)', dash: undefined }),
  (color) => ({ fill: 'var(--ink)', stroke: color, dash: undefined }),
  (color) => ({ fill: 'var(--surface)', stroke: color, dash: '2 1.5' }),
];

/** Color of a category; negative: none. */
export function color(index: number): string {
  return index < 0 ? 'var(--muted)' : `var(--c${index % COLORS})`;
}

/** How the dots of a category are drawn: 100 categories differ in color or kind. */
export function encoding(index: number): Encoding {
  const kind = index < 0 ? 0 : Math.floor(index / COLORS) % KINDS.length;
  return KINDS[kind]!(color(index));
}
