import { expect, test } from 'vitest';
import { chooseRange } from './choose-range.ts';

test('the range of hundreds of thousands of images', () => {
  const extents = Array.from({ length: 300_000 }, (_, i) => ({ min: i % 7, max: 900 + (i % 100) }));
  expect(chooseRange('ushort', extents)).toEqual({
    range: [0, 1023],
    reason: 'the 300000 images have 16 bits per channel and no value above 999: 10 bits',
  });
  expect(chooseRange('ushort', [...extents, ...extents.map(() => ({ min: 0, max: 20 }))])).toMatchObject({
    problem: expect.stringContaining('300000 of them have no value above 20'),
  });
});
