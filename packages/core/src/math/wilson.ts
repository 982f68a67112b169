import { normalQuantile } from './normal.ts';

/**
 * Wilson's interval of a proportion (JASA 1927). Unlike a bootstrap it does not call 0 of 8 or 10 of 10 certain.
 * @param share in [0, 1]: successes divided by rows
 * @param rows number of independent rows, > 0; need not be whole
 * @param confidence default 0.95
 */
export function wilson(
  share: number,
  rows: number,
  confidence = 0.95,
): { readonly low: number; readonly high: number } {
  const z = normalQuantile((1 + confidence) / 2);
  const center = (share + (z * z) / (2 * rows)) / (1 + (z * z) / rows);
  const half =
    (z / (1 + (z * z) / rows)) * Math.sqrt((share * (1 - share)) / rows + (z * z) / (4 * rows * rows));
  // Rounding must not exclude the share itself, nor pass 0 or 1.
  return {
    low: Math.max(0, Math.min(share, center - half)),
    high: Math.min(1, Math.max(share, center + half)),
  };
}
