import { expect, test } from 'vitest';
import { imagenetNormalization, normalizeBytes } from './normalization.ts';

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 89) % 256);

test.each([1, 2, 3, 4])('(value / 255 - mean) / std per channel, rounded once: %i channels', (channels) => {
  const mean = [0.485, 0.456, 0.406, 0.5].slice(0, channels);
  const std = [0.229, 0.224, 0.225, 0.25].slice(0, channels);
  const values = bytes(64 * channels);
  const expected = Array.from(values, (value, i) =>
    Math.fround((value / 255 - mean[i % channels]!) / std[i % channels]!),
  );
  expect([...normalizeBytes(values, channels, { mean, std })]).toEqual(expected);
});

test('one mean and deviation stand for all channels; the default scales to 0..1', () => {
  const gray = { mean: [0.5], std: [0.25] };
  expect([...normalizeBytes(Uint8Array.of(0, 255, 0, 255), 2, gray)]).toEqual([-2, 2, -2, 2]);
  expect([...normalizeBytes(Uint8Array.of(0, 255, 51), 3)]).toEqual([0, 1, Math.fround(0.2)]);
});

test('writes into a given array', () => {
  const all = new Float32Array(8);
  const into = all.subarray(1, 7);
  expect(normalizeBytes(bytes(6), 3, imagenetNormalization, into)).toBe(into);
  expect([all[0], all[7]]).toEqual([0, 0]);
  expect([...into]).toEqual([...normalizeBytes(bytes(6), 3, imagenetNormalization)]);
});

test.each([
  [[bytes(4), 3], /whole number of pixels, with one or more channels each, got 4 bytes with 3 channels/],
  [[bytes(4), 0], /4 bytes with 0 channels/],
  [[bytes(6), 3, { mean: [0, 0], std: [1, 1] }], /images with 3 channels: expected a finite mean/],
  [[bytes(6), 3, { mean: [0, 0, 0], std: [1, 0, 1] }], /standard deviation > 0/],
  [[bytes(6), 3, { mean: [Number.NaN], std: [1] }], /expected a finite mean/],
  [[bytes(6), 3, imagenetNormalization, new Float32Array(5)], /expected 6 values, got 5/],
] as [Parameters<typeof normalizeBytes>, RegExp][])('rejects what does not fit: %#', (given, message) => {
  expect(() => normalizeBytes(...given)).toThrow(message);
});
