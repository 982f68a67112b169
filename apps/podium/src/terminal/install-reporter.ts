import { describeBytes, describeEvent, type InstallEvent } from '@podium/engine/install';
import { formatDuration } from './format.ts';
import { type Clock, createProgressLine } from './progress-line.ts';
import type { Terminal } from './terminal.ts';

/** Shows an installation: one line per step, and downloads with rate and time left. */
export function installReporter(
  terminal: Terminal,
  now: Clock = () => performance.now(),
): (event: InstallEvent) => void {
  let startedAt = now();
  const progress = createProgressLine(terminal, { now });
  return (event) => {
    if (event.type === 'attempt') {
      if (event.attempt.outcome === 'failed') terminal.log(describeEvent(event));
      return;
    }
    if (event.type === 'progress') {
      progress.show(describeDownload(event, (now() - startedAt) / 1000));
      return;
    }
    startedAt = now();
    progress.reset();
    terminal.log(describeEvent(event));
  };
}

/** `x.whl: 111 MB of 274 MB (41 %), 95 MB/s, 2 s left`, `seconds` after the download began. */
export function describeDownload(
  { file, done, total }: { readonly file: string; readonly done: number; readonly total?: number },
  seconds: number,
): string {
  const parts = [describeBytes(done)];
  if (total !== undefined)
    parts[0] += ` of ${describeBytes(total)} (${Math.floor((100 * Math.min(done, total)) / total)} %)`;
  if (seconds > 0) {
    const rate = done / seconds;
    parts.push(`${describeBytes(rate)}/s`);
    if (total !== undefined && rate > 0)
      parts.push(`${formatDuration(Math.max(0, total - done) / rate)} left`);
  }
  return `${file}: ${parts.join(', ')}`;
}
