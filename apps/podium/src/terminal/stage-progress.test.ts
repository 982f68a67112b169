import type { InstanceReport, RunEvent } from '@podium/pipeline';
import { expect, test } from 'vitest';
import { stageReporter } from './stage-progress.ts';

function reporter() {
  const lines: string[] = [];
  let now = 0;
  const say = (line: string) => void lines.push(line);
  const terminal = { out: say, say, status: say, isWatched: true };
  const { onEvent, end } = stageReporter(terminal, () => now);
  const at = (seconds: number, event: RunEvent): void => {
    now = seconds * 1000;
    onEvent(event);
  };
  return { lines, end, at };
}

const progress = (done: number, total: number, unit = 'images'): RunEvent => ({
  type: 'progress',
  name: 'train',
  progress: { done, total, unit },
});

test('time left is that of what is counted now, and only once a pace is known', () => {
  const { lines, at } = reporter();
  at(0, { type: 'started', name: 'train', attempt: 1 });
  at(60, { type: 'process', name: 'train', pid: 1 });
  at(61, progress(1, 100));
  expect(lines.at(-1)).toBe('[1/1] train: 1 of 100 images');
  at(71, progress(51, 100));
  expect(lines.at(-1)).toBe('[1/1] train: 51 of 100 images, 10 s left');
  at(80, progress(0, 40, 'steps'));
  expect(lines.at(-1)).toBe('[1/1] train: 0 of 40 steps');
});

test('what waits for a place is not at work, and a stage takes as long as it ran', () => {
  const { lines, at, end } = reporter();
  at(0, { type: 'started', name: 'train', attempt: 1 });
  at(0, { type: 'started', name: 'later', attempt: 1 });
  at(5, { type: 'process', name: 'train', pid: 1 });
  at(6, progress(1, 2));
  expect(lines.at(-1)).not.toContain('at once');
  at(12, { type: 'finished', report: { name: 'train', status: 'ran', attempts: 2 } as InstanceReport });
  expect(lines).toContain('  train 7 s, attempt 2');
  at(13, { type: 'finished', report: { name: 'old', status: 'cached', attempts: 0 } as InstanceReport });
  end();
  expect(lines.at(-1)).toBe('  1 result was there already');
});
