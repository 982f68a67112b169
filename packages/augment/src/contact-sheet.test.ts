import type { Image } from '@podium/core';
import { expect, test } from 'vitest';
import { contactSheet } from './contact-sheet.ts';
import { pipelineFrom } from './pipeline.ts';

const image: Image = { width: 3, height: 2, channels: 3, data: new Uint8Array(18).fill(90) };

test('places versions in a grid on white', () => {
  const sheet = contactSheet(image, pipelineFrom([{ brightness: { factor: [1, 2] } }]), {
    rows: 2,
    cols: 3,
    seed: 1,
    gap: 1,
  });
  expect([sheet.width, sheet.height, sheet.channels]).toEqual([13, 7, 3]);
  const at = (x: number, y: number) => sheet.data[(y * 13 + x) * 3];
  expect([at(0, 0), at(12, 6), at(4, 1)]).toEqual([255, 255, 255]);
  const versions = new Set([at(1, 1), at(5, 1), at(9, 1), at(1, 4), at(5, 4), at(9, 4)]);
  expect(versions.size).toBeGreaterThan(3);
  expect(versions.has(255)).toBe(false);
});

test('makes all cells as large as the largest version', () => {
  const pipeline = pipelineFrom([{ rot90: {} }]);
  const sheet = contactSheet(image, pipeline, { rows: 3, cols: 3, seed: 1, gap: 0 });
  expect([sheet.width, sheet.height]).toEqual([9, 9]);
});

test('rejects sheets without rows', () => {
  const pipeline = pipelineFrom([]);
  expect(() => contactSheet(image, pipeline, { rows: 0, cols: 3, seed: 1 })).toThrow(
    /^rows: expected a whole number/,
  );
});
