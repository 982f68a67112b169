import type { AppResult, ShownScore } from './run-app.ts';
import { accuracyOf } from './run-app.ts';

/** A score with its 95 % interval. */
export interface Shown {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** `0.548 [0.488, 0.617]` */
export function interval({ estimate, low, high }: Shown): string {
  return `${estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

/** Seconds, CPU seconds and gigabytes of a run, as table cells. */
export function costs({ seconds, cpuSeconds, peakBytes }: Omit<AppResult<unknown>, 'json'>): string[] {
  return [
    seconds.toFixed(0),
    cpuSeconds === undefined ? '' : cpuSeconds.toFixed(0),
    peakBytes === undefined ? '' : (peakBytes / 1e9).toFixed(1),
  ];
}

/** Out-of-fold score with interval, and accuracy, as table cells. */
export function scores(score: ShownScore): string[] {
  return [interval(score.heads[0].cv), accuracyOf(score).toFixed(3)];
}

/** A row of a Markdown table. */
export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
