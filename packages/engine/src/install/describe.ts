import type { Attempt, InstallEvent, SourceName } from './types.ts';

/** Names of the sources, for messages. */
const SOURCES: Readonly<Record<SourceName | 'compiler', string>> = {
  folder: 'folder named by PODIUM_TENSORFLOW',
  cache: "Podium's cache",
  python: 'Python package',
  wheel: 'wheel from pip',
  upstream: 'release of libtensorflow',
  compiler: 'C++ compiler',
};

/** An attempt as one line: `wheel from pip: failed, no network: ...`. */
export function describeAttempt({ source, outcome, reason }: Attempt): string {
  return `${SOURCES[source]}: ${outcome}, ${reason}`;
}

/** An event as one line. */
export function describeEvent(event: InstallEvent): string {
  switch (event.type) {
    case 'waiting':
      return `waiting for another process that is installing TensorFlow in ${event.folder}`;
    case 'download': {
      const size = event.bytes === undefined ? 'size unknown' : describeBytes(event.bytes);
      return `downloading ${event.file} (${size}) to ${event.folder}`;
    }
    case 'progress': {
      const total = event.total === undefined ? '' : ` of ${describeBytes(event.total)}`;
      return `${event.file}: ${describeBytes(event.done)}${total}`;
    }
    case 'unpacking':
      return `unpacking ${describeBytes(event.bytes)} of ${event.file} to ${event.folder}`;
    case 'verified':
      return `verified ${event.file}: ${event.files} ${event.files === 1 ? 'file' : 'files'} by SHA-256`;
    case 'damaged':
      return `renamed the damaged ${event.entry}: ${event.reason}`;
    case 'compiling':
      return `compiling ${event.addons.join(', ')} with ${event.compiler}`;
    case 'attempt':
      return describeAttempt(event.attempt);
  }
}

/** A size in decimal units, as pip prints it: `274 MB`. */
export function describeBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 0), units.length - 1);
  const amount = bytes / 1000 ** power;
  return `${amount < 10 && power > 0 ? amount.toFixed(1) : Math.round(amount)} ${units[power]}`;
}
