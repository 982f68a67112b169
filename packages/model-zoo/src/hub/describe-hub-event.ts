import { describeBytes } from '@podium/engine/install';
import type { HubEvent } from './hub-event.ts';

/** An event as one line. Of progress it says how far it is. */
export function describeHubEvent(event: HubEvent): string {
  switch (event.type) {
    case 'waiting':
      return `another process is fetching weights to ${event.folder}: waiting for it`;
    case 'download': {
      const size = event.bytes === undefined ? 'size unknown' : describeBytes(event.bytes);
      const from = event.from === undefined ? '' : ` from ${event.from}`;
      const resumed =
        event.resumedAt === undefined ? '' : `, of which ${describeBytes(event.resumedAt)} are there`;
      return `downloading ${event.file}${from} (${size}${resumed}), to be kept in ${event.folder}`;
    }
    case 'progress': {
      const total = event.total === undefined ? '' : ` of ${describeBytes(event.total)}`;
      return `${event.file}: ${describeBytes(event.done)}${total}`;
    }
    case 'retry':
      return `${event.file}: ${event.reason}; trying again in ${event.waitMs / 1000} s`;
    case 'restart':
      return `${event.file}: starting anew, ${event.reason}`;
    case 'unpacking':
      return `unpacking ${describeBytes(event.bytes)} of ${event.file} to ${event.folder}`;
    case 'verified':
      return `verified ${event.file} by SHA-256`;
    case 'damaged':
      return `fetching ${event.entry} again: ${event.reason}`;
  }
}
