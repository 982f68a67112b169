import { expect, test } from 'vitest';
import { describeHubEvent } from './describe-hub-event.ts';
import type { HubEvent } from './hub-event.ts';

const file = 'model.safetensors';
const folder = '/cache/x';

test.each<[HubEvent, string]>([
  [{ type: 'waiting', folder }, 'another process is fetching weights to /cache/x: waiting for it'],
  [
    { type: 'download', file, from: 'hub.example.org', bytes: 46e6, resumedAt: 12e6, folder },
    'downloading model.safetensors from hub.example.org (46 MB, of which 12 MB are there), to be kept in /cache/x',
  ],
  [
    { type: 'download', file, folder },
    'downloading model.safetensors (size unknown), to be kept in /cache/x',
  ],
  [{ type: 'progress', file, done: 2e6, total: 46e6 }, 'model.safetensors: 2.0 MB of 46 MB'],
  [{ type: 'progress', file, done: 2e6 }, 'model.safetensors: 2.0 MB'],
  [
    { type: 'retry', file, reason: 'x answers 500', waitMs: 1500 },
    'model.safetensors: x answers 500; trying again in 1.5 s',
  ],
  [{ type: 'restart', file, reason: 'it has changed' }, 'model.safetensors: starting anew, it has changed'],
  [{ type: 'unpacking', file: 'a.whl', bytes: 13e6, folder }, 'unpacking 13 MB of a.whl to /cache/x'],
  [{ type: 'verified', file, files: 1 }, 'verified model.safetensors by SHA-256'],
  [{ type: 'damaged', entry: '/cache/x/a', reason: 'it is cut' }, 'fetching /cache/x/a again: it is cut'],
])('%j', (event, line) => {
  expect(describeHubEvent(event)).toBe(line);
});
