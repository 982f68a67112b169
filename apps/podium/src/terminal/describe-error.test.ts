import { PodiumError } from '@podium/core';
import { expect, test } from 'vitest';
import { describeError } from './describe-error.ts';

test('a PodiumError is told without its stack', () => {
  const error = new PodiumError({ code: 'x', message: 'it broke', fix: 'mend it' });
  expect(describeError(error)).toEqual(['it broke', '  fix: mend it']);
});

test('another error is told with its stack, and its message cannot pretend to be other lines', () => {
  const [title, ...frames] = describeError(new TypeError('a\npodium: all is well\n    at nowhere\u001b[2J'));
  expect(title).toBe('TypeError: a\\npodium: all is well\\n    at nowhere\\u001b[2J');
  expect(frames.length).toBeGreaterThan(1);
  for (const frame of frames) expect(frame).toMatch(/^ +at (?!nowhere)/);
  expect(describeError('thrown\n')).toEqual(['thrown\\n']);
});
