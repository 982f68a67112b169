import { PodiumError } from '@podium/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planThumbnails } from './index.ts';

test.each([
  ['few', { images: 500 }, { edge: 128, quality: 60, count: 500 }],
  ['many', { images: 2500 }, { edge: 80, quality: 45, count: 2500 }],
  ['too many for all to be large', { images: 5000, important: 800 }, { edge: 128, quality: 60, count: 1141 }],
  ['all of them', { images: 5000 }, { edge: 48, quality: 35, count: 5000 }],
  ['more than fit', { images: 20_000 }, { edge: 48, quality: 35, count: 2264 }],
  // The page lists no more rows.
  ['far more than are listed', { images: 1_000_000 }, { edge: 48, quality: 35, count: 2264 }],
  ['none', { images: 0 }, { edge: 128, quality: 60, count: 0 }],
  ['no room', { images: 10, maxBytes: 1000 }, { edge: 48, quality: 35, count: 0 }],
])('%s', (_, needs, plan) => {
  expect(planThumbnails(needs)).toEqual(plan);
});

test('never plans more than fits, nor more than there are', () => {
  fc.assert(
    fc.property(
      fc.record({
        images: fc.nat(40_000),
        important: fc.nat(40_000),
        maxBytes: fc.nat(2e7),
        otherBytes: fc.nat(1e6),
      }),
      (needs) => {
        const { count, edge } = planThumbnails(needs);
        expect(count).toBeLessThanOrEqual(needs.images);
        expect(count * edge * 10).toBeLessThanOrEqual(Math.max(needs.maxBytes, 0));
      },
    ),
  );
});

test('an invalid number is an error', () => {
  expect(() => planThumbnails({ images: Number.NaN })).toThrow(PodiumError);
  expect(() => planThumbnails({ images: -1 })).toThrow('images');
});
