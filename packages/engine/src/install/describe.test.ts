import { expect, test } from 'vitest';
import { describeBytes, describeEvent } from './describe.ts';
import type { InstallEvent } from './types.ts';

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1234, '1.2 kB'],
  [274_000_871, '274 MB'],
  [3_500_000_000, '3.5 GB'],
  [5e15, '5000 TB'],
])('%d is %s', (bytes, text) => {
  expect(describeBytes(bytes)).toBe(text);
});

test.each<[InstallEvent, string]>([
  [
    { type: 'download', file: 'a.whl', bytes: 274e6, folder: '/cache' },
    'downloading a.whl (274 MB) to /cache',
  ],
  [{ type: 'download', file: 'a.whl', folder: '/cache' }, 'downloading a.whl (size unknown) to /cache'],
  [{ type: 'progress', file: 'a.whl', done: 5e6, total: 274e6 }, 'a.whl: 5.0 MB of 274 MB'],
  [
    { type: 'waiting', folder: '/cache' },
    'waiting for another process that is installing TensorFlow in /cache',
  ],
  [
    { type: 'attempt', attempt: { source: 'wheel', outcome: 'failed', reason: 'no network' } },
    'wheel from pip: failed, no network',
  ],
])('%o reads well', (event, text) => {
  expect(describeEvent(event)).toBe(text);
});
