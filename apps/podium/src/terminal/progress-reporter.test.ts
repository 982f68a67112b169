import { expect, test } from 'vitest';
import { recordingTerminal } from '../../test/recording-terminal.ts';
import { describeProgress, progressReporter } from './progress-reporter.ts';

test.each([
  [1200, 18_900, 3, '1,200 of 18,900 images (6 %), 400/s, 45 s left'],
  [3, 100, 2, '3 of 100 images (3 %), 1.5/s, 2 min left'],
  [1, 100_000, 1, '1 of 100,000 images (0 %), 1.0/s, 27 h 47 min left'],
  [100, 100, 2, '100 of 100 images (100 %), 50/s, 0 s left'],
  [0, 100, 0, '0 of 100 images (0 %)'],
  [0, 0, 1, '0 of 0 images (100 %)'],
])('describes %d of %d after %d s', (done, total, seconds, line) => {
  expect(describeProgress('images', done, total, seconds)).toBe(line);
});

test('an interactive terminal shows every step, a log gets one line per interval', () => {
  for (const isInteractive of [true, false]) {
    const terminal = recordingTerminal({ isInteractive });
    let now = 0;
    const report = progressReporter(terminal, 'images', () => now);
    for (let done = 1; done <= 5; done++) {
      now += 4000;
      report(done, 5);
    }
    expect(terminal.calls.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(
      isInteractive ? ['status 1', 'status 2', 'status 3', 'status 4', 'status 5'] : ['log 3'],
    );
  }
});
