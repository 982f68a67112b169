import type { InstallEvent } from '@podium/engine/install';
import { expect, test } from 'vitest';
import { describeProgress, installReporter } from './install-progress.ts';
import type { Terminal } from './terminal.ts';

test.each([
  [{ file: 'a.whl', done: 111e6, total: 274e6 }, 2, 'a.whl: 111 MB of 274 MB (40 %), 56 MB/s, 3 s left'],
  [{ file: 'a.whl', done: 1e6, total: 274e6 }, 2, 'a.whl: 1.0 MB of 274 MB (0 %), 500 kB/s, 10 min left'],
  [{ file: 'a.whl', done: 1e6, total: 20e9 }, 2, 'a.whl: 1.0 MB of 20 GB (0 %), 500 kB/s, 11 h 7 min left'],
  [{ file: 'a.whl', done: 274.1e6, total: 274e6 }, 2, 'a.whl: 274 MB of 274 MB (100 %), 137 MB/s, 0 s left'],
  [{ file: 'a.whl', done: 111e6 }, 2, 'a.whl: 111 MB, 56 MB/s'],
  [{ file: 'a.whl', done: 0, total: 274e6 }, 0, 'a.whl: 0 bytes of 274 MB (0 %)'],
])('%o after %d s reads well', (event, seconds, line) => {
  expect(describeProgress(event, seconds)).toBe(line);
});

test('where somebody watches, progress replaces one line', () => {
  expect(report(true, 6)).toEqual([
    'say downloading a.whl (100 MB), to be kept in /cache',
    ...[1, 2, 3, 4, 5, 6].map((i) =>
      expect.stringMatching(`^status a.whl: ${i * 10} MB of 100 MB \\(${i * 10} %\\), 2.0 MB/s`),
    ),
    'say unpacking 400 MB of a.whl to /cache',
  ]);
});

test('in a log, progress is a line now and then', () => {
  expect(report(false, 6)).toEqual([
    'say downloading a.whl (100 MB), to be kept in /cache',
    expect.stringMatching(/^say a.whl: 20 MB of 100 MB/),
    expect.stringMatching(/^say a.whl: 40 MB of 100 MB/),
    expect.stringMatching(/^say a.whl: 60 MB of 100 MB/),
    'say unpacking 400 MB of a.whl to /cache',
  ]);
});

test('of attempts, those that failed are told at once', () => {
  const { lines, terminal } = recorder(false);
  const tell = installReporter(terminal, () => 0);
  for (const outcome of ['used', 'skipped', 'failed'] as const) {
    tell({ type: 'attempt', attempt: { source: 'wheel', outcome, reason: 'so' } });
  }
  expect(lines).toEqual(['say wheel from pip: failed, so']);
});

/** What is printed of a download that makes a tenth of its way every five seconds. */
function report(isWatched: boolean, steps: number): string[] {
  const { lines, terminal } = recorder(isWatched);
  let now = 1000;
  const tell = installReporter(terminal, () => now);
  tell({ type: 'download', file: 'a.whl', bytes: 100e6, folder: '/cache' });
  for (let i = 1; i <= steps; i++) {
    now += 5000;
    tell({ type: 'progress', file: 'a.whl', done: i * 10e6, total: 100e6 } satisfies InstallEvent);
  }
  tell({ type: 'unpacking', file: 'a.whl', bytes: 400e6, folder: '/cache' });
  return lines;
}

function recorder(isWatched: boolean): { readonly lines: string[]; readonly terminal: Terminal } {
  const lines: string[] = [];
  const write = (kind: string) => (line: string) => void lines.push(`${kind} ${line}`);
  return { lines, terminal: { out: write('out'), say: write('say'), status: write('status'), isWatched } };
}
