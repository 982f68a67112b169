import type { Terminal } from './terminal.ts';

const QUIET_SECONDS = 10;

/** Tells how far long work is: count, rate and time left; in a log a line now and then. */
export function progressReporter(
  terminal: Terminal,
  what: string,
  now: () => number = () => performance.now(),
): (done: number, total: number) => void {
  const started = now();
  let told = started;
  return (done, total) => {
    const seconds = (now() - started) / 1000;
    const line = describeProgress(what, done, total, seconds);
    if (terminal.isWatched) terminal.status(line);
    else if (now() - told >= QUIET_SECONDS * 1000) {
      told = now();
      terminal.say(line);
    }
  };
}

/** `1,200 of 18,900 images (6 %), 410/s, 43 s left` */
export function describeProgress(what: string, done: number, total: number, seconds: number): string {
  const share = total === 0 ? 100 : Math.floor((100 * done) / total);
  const head = `${grouped(done)} of ${grouped(total)} ${what} (${share} %)`;
  if (seconds <= 0 || done === 0) return head;
  const rate = done / seconds;
  const left = Math.ceil((total - done) / rate);
  return `${head}, ${rate < 10 ? rate.toFixed(1) : rate.toFixed(0)}/s, ${describeSeconds(left)} left`;
}

export function describeSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A count with its thousands apart: 18,900. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1.4 GB`: a thousand bytes a kB, as disks are sold. */
export function describeSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}
