/**
 * Laplace's rule of succession: how likely the next one is right after `right` of `rows` were, with every share equally likely
 * beforehand. Ten right rows of ten show 11/12 and not certainty.
 */
export function successionRate(right: number, rows: number): number {
  return (right + 1) / (rows + 2);
}
