import type { InstanceReport, RunEvent } from '@podium/pipeline';
import { expect, test } from 'vitest';
import { recordingTerminal } from '../../test/recording-terminal.ts';
import { stageReporter } from './stage-reporter.ts';

function reporter() {
  const terminal = recordingTerminal({ isInteractive: true });
  let now = 0;
  const { onEvent, end } = stageReporter(terminal, () => now);
  const at = (seconds: number, event: RunEvent): void => {
    now = seconds * 1000;
    onEvent(event);
  };
  return { calls: terminal.calls, end, at };
}

const progress = (done: number, total: number, unit = 'images'): RunEvent => ({
  type: 'progress',
  name: 'train',
  progress: { done, total, unit },
});

test('the time left is that of the current phase, and shown only once its rate is known', () => {
  const { calls, at } = reporter();
  at(0, { type: 'started', name: 'train', key: 'k', settings: {}, attempt: 1 });
  at(60, { type: 'process', name: 'train', pid: 1 });
  at(61, progress(1, 100));
  expect(calls.at(-1)).toBe('status [1/1] train: 1 of 100 images');
  at(71, progress(51, 100));
  expect(calls.at(-1)).toBe('status [1/1] train: 51 of 100 images, 10 s left');
  at(80, progress(0, 40, 'steps'));
  expect(calls.at(-1)).toBe('status [1/1] train: 0 of 40 steps');
});

test('a stage that waits for a slot is not shown as running, and its time starts with its process', () => {
  const { calls, at, end } = reporter();
  at(0, { type: 'started', name: 'train', key: 'k', settings: {}, attempt: 1 });
  at(0, { type: 'started', name: 'later', key: 'k', settings: {}, attempt: 1 });
  at(5, { type: 'process', name: 'train', pid: 1 });
  at(6, progress(1, 2));
  expect(calls.at(-1)).not.toContain('in parallel');
  at(12, { type: 'finished', report: { name: 'train', status: 'ran', attempts: 2 } as InstanceReport });
  expect(calls).toContain('log   train 7 s, attempt 2');
  at(13, { type: 'finished', report: { name: 'old', status: 'cached', attempts: 0 } as InstanceReport });
  end();
  expect(calls.at(-1)).toBe('log   1 result was already cached');
});
