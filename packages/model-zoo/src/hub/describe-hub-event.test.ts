import { expect, test } from 'vitest';
import { describeHubEvent } from './describe-hub-event.ts';
import type { HubEvent } from './hub-event.ts';

const file = 'model.safetensors';
const folder = '/cache/x';

test.each<[HubEvent, string]>([
  [{ type: 'waiting', folder }, 'waiting for another process that is downloading weights to /cache/x'],
  [
    { type: 'download', file, from: 'hub.example.org', bytes: 46e6, resumedAt: 12e6, folder },
    'downloading model.safetensors from hub.example.org (46 MB, 12 MB of it already downloaded) to /cache/x',
  ],
  [{ type: 'download', file, folder }, 'downloading model.safetensors (size unknown) to /cache/x'],
  [{ type: 'progress', file, done: 2e6, total: 46e6 }, 'model.safetensors: 2.0 MB of 46 MB'],
  [{ type: 'progress', file, done: 2e6 }, 'model.safetensors: 2.0 MB'],
  [
    { type: 'retry', file, reason: 'x returns 500', waitMs: 1500 },
    'model.safetensors: x returns 500; trying again in 1.5 s',
  ],
  [
    { type: 'restart', file, reason: 'it has changed' },
    'model.safetensors: restarting the download, it has changed',
  ],
  [{ type: 'unpacking', file: 'a.whl', bytes: 13e6, folder }, 'unpacking 13 MB of a.whl to /cache/x'],
  [{ type: 'verified', file, files: 1 }, 'verified model.safetensors by SHA-256'],
  [
    { type: 'damaged', entry: '/cache/x/a', reason: 'it is truncated' },
    'downloading /cache/x/a again: it is truncated',
  ],
])('%j', (event, line) => {
  expect(describeHubEvent(event)).toBe(line);
});
