import { describeBytes } from '@podium/engine/install';
import type { HubEvent } from './hub-event.ts';

/** Describes an event in one line. */
export function describeHubEvent(event: HubEvent): string {
  switch (event.type) {
    case 'waiting':
      return `waiting for another process that is downloading weights to ${event.folder}`;
    case 'download': {
      const size = event.bytes === undefined ? 'size unknown' : describeBytes(event.bytes);
      const from = event.from === undefined ? '' : ` from ${event.from}`;
      const resumed =
        event.resumedAt === undefined ? '' : `, ${describeBytes(event.resumedAt)} of it already downloaded`;
      return `downloading ${event.file}${from} (${size}${resumed}) to ${event.folder}`;
    }
    case 'progress': {
      const total = event.total === undefined ? '' : ` of ${describeBytes(event.total)}`;
      return `${event.file}: ${describeBytes(event.done)}${total}`;
    }
    case 'retry':
      return `${event.file}: ${event.reason}; trying again in ${event.waitMs / 1000} s`;
    case 'restart':
      return `${event.file}: restarting the download, ${event.reason}`;
    case 'unpacking':
      return `unpacking ${describeBytes(event.bytes)} of ${event.file} to ${event.folder}`;
    case 'verified':
      return `verified ${event.file} by SHA-256`;
    case 'damaged':
      return `downloading ${event.entry} again: ${event.reason}`;
  }
}
