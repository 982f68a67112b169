import { describeBytes, describeEvent, type InstallEvent } from '@podium/engine/install';
import { describeSeconds } from './progress.ts';
import type { Terminal } from './terminal.ts';

/** Without anybody watching, a line of progress is printed this often, so that a log shows that it goes on. */
const QUIET_SECONDS = 10;

/** Tells how an installation goes: a line for each step, and progress with rate and time left. */
export function installReporter(
  terminal: Terminal,
  now: () => number = () => performance.now(),
): (event: InstallEvent) => void {
  let started = now();
  let told = started;
  return (event) => {
    if (event.type === 'attempt') {
      if (event.attempt.outcome === 'failed') terminal.say(describeEvent(event));
      return;
    }
    if (event.type !== 'progress') {
      started = now();
      told = started;
      terminal.say(describeEvent(event));
      return;
    }
    const line = describeProgress(event, (now() - started) / 1000);
    if (terminal.isWatched) {
      terminal.status(line);
    } else if (now() - told >= QUIET_SECONDS * 1000) {
      told = now();
      terminal.say(line);
    }
  };
}

/** `x.whl: 111 MB of 274 MB (41 %), 95 MB/s, 2 s left`; `seconds` have passed since it began. */
export function describeProgress(
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
      parts.push(`${describeSeconds(Math.max(0, total - done) / rate)} left`);
  }
  return `${file}: ${parts.join(', ')}`;
}
