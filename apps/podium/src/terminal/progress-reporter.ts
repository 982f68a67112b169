import { formatCount, formatDuration } from './format.ts';
import { type Clock, createProgressLine } from './progress-line.ts';
import type { Terminal } from './terminal.ts';

/** Shows the progress of counted work with rate and time left. */
export function progressReporter(
  terminal: Terminal,
  unit: string,
  now: Clock = () => performance.now(),
): (done: number, total: number) => void {
  const startedAt = now();
  const progress = createProgressLine(terminal, { now });
  return (done, total) => progress.show(describeProgress(unit, done, total, (now() - startedAt) / 1000));
}

/** `1,200 of 18,900 images (6 %), 410/s, 43 s left` */
export function describeProgress(unit: string, done: number, total: number, seconds: number): string {
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
  const counts = `${formatCount(done)} of ${formatCount(total)} ${unit} (${percent} %)`;
  if (seconds <= 0 || done === 0) return counts;
  const rate = done / seconds;
  const secondsLeft = Math.ceil((total - done) / rate);
  return `${counts}, ${rate < 10 ? rate.toFixed(1) : rate.toFixed(0)}/s, ${formatDuration(secondsLeft)} left`;
}
