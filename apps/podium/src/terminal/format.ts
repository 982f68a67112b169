/** `18900` -> `18,900` */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `(1, 'error')` -> `1 error`, `(2, 'error')` -> `2 errors` */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `43 s`, `10 min`, `11 h 7 min` */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `+0.0032`, `-0.0126` */
export function formatGain(gain: number): string {
  return `${gain >= 0 ? '+' : ''}${gain.toFixed(4)}`;
}

/** `95 % [0.5012, 0.6310]` */
export function formatInterval(
  { low, high }: { readonly low: number; readonly high: number },
  { confidence = 0.95, digits = 4 }: { readonly confidence?: number; readonly digits?: number } = {},
): string {
  return `${100 * confidence} % [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/** `0.5712, 95 % [0.5012, 0.6310]` */
export function formatScore(score: {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}): string {
  return `${score.estimate.toFixed(4)}, ${formatInterval(score)}`;
}

/** One line per row, with the values aligned. */
export function formatTable(
  rows: readonly (readonly [name: string, value: string])[],
  width: number,
): string[] {
  return rows.map(([name, value]) => `${name.padEnd(width)} ${value}`);
}
