import type { InstallEvent } from '@podium/engine/install';
import { expect, test } from 'vitest';
import { recordingTerminal } from '../../test/recording-terminal.ts';
import { describeDownload, installReporter } from './install-reporter.ts';

test.each([
  [{ file: 'a.whl', done: 111e6, total: 274e6 }, 2, 'a.whl: 111 MB of 274 MB (40 %), 56 MB/s, 3 s left'],
  [{ file: 'a.whl', done: 1e6, total: 274e6 }, 2, 'a.whl: 1.0 MB of 274 MB (0 %), 500 kB/s, 10 min left'],
  [{ file: 'a.whl', done: 1e6, total: 20e9 }, 2, 'a.whl: 1.0 MB of 20 GB (0 %), 500 kB/s, 11 h 7 min left'],
  [{ file: 'a.whl', done: 274.1e6, total: 274e6 }, 2, 'a.whl: 274 MB of 274 MB (100 %), 137 MB/s, 0 s left'],
  [{ file: 'a.whl', done: 111e6 }, 2, 'a.whl: 111 MB, 56 MB/s'],
  [{ file: 'a.whl', done: 0, total: 274e6 }, 0, 'a.whl: 0 bytes of 274 MB (0 %)'],
])('describes %o after %d s', (event, seconds, line) => {
  expect(describeDownload(event, seconds)).toBe(line);
});

test('on an interactive terminal, progress replaces one line', () => {
  expect(outputOfDownload(true, 6)).toEqual([
    'log downloading a.whl (100 MB) to /cache',
    ...[1, 2, 3, 4, 5, 6].map((i) =>
      expect.stringMatching(`^status a.whl: ${i * 10} MB of 100 MB \\(${i * 10} %\\), 2.0 MB/s`),
    ),
    'log unpacking 400 MB of a.whl to /cache',
  ]);
});

test('in a log, progress is one line per interval', () => {
  expect(outputOfDownload(false, 6)).toEqual([
    'log downloading a.whl (100 MB) to /cache',
    expect.stringMatching(/^log a.whl: 20 MB of 100 MB/),
    expect.stringMatching(/^log a.whl: 40 MB of 100 MB/),
    expect.stringMatching(/^log a.whl: 60 MB of 100 MB/),
    'log unpacking 400 MB of a.whl to /cache',
  ]);
});

test('only failed attempts are logged', () => {
  const terminal = recordingTerminal();
  const report = installReporter(terminal, () => 0);
  for (const outcome of ['used', 'skipped', 'failed'] as const) {
    report({ type: 'attempt', attempt: { source: 'wheel', outcome, reason: 'no network' } });
  }
  expect(terminal.calls).toEqual(['log wheel from pip: failed, no network']);
});

/** The output of a download of 10 MB every five seconds. */
function outputOfDownload(isInteractive: boolean, steps: number): string[] {
  const terminal = recordingTerminal({ isInteractive });
  let now = 1000;
  const report = installReporter(terminal, () => now);
  report({ type: 'download', file: 'a.whl', bytes: 100e6, folder: '/cache' });
  for (let i = 1; i <= steps; i++) {
    now += 5000;
    report({ type: 'progress', file: 'a.whl', done: i * 10e6, total: 100e6 } satisfies InstallEvent);
  }
  report({ type: 'unpacking', file: 'a.whl', bytes: 400e6, folder: '/cache' });
  return terminal.calls;
}
