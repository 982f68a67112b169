import { expect, test } from 'vitest';
import { performanceTips } from './performance.ts';

const GOOD = {
  seconds: 100,
  images: 1000,
  waitedSeconds: 1,
  workers: 2,
  cores: 4,
  batchSize: 16,
  steps: 50,
  tensors: [100, 100],
  readBacks: 100,
  copiedBytes: 1e8,
  precision: 'bfloat16',
  measured: { float32: 50, bfloat16: 25 },
  peakBytes: 1e9,
  memoryBytes: 4e9,
  profile: {
    milliseconds: 100,
    peakBytes: 1e9,
    events: [{ name: 'Conv2D', start: 0, milliseconds: 90, inputs: [], outputs: [], bytes: 0 }],
  },
} as const;

const byName = (changes: object) =>
  Object.fromEntries(performanceTips({ ...GOOD, ...changes }).map((tip) => [tip.name, tip]));

test('fast training has seven measurements and nothing to fix', () => {
  const tips = performanceTips(GOOD);
  expect(tips).toHaveLength(7);
  expect(tips.map(({ verdict }) => verdict)).toEqual(Array(7).fill('ok'));
  expect(byName({}).profile).toMatchObject({
    evidence: 'a step takes 100 ms: Conv2D 90 %, outside kernels 10 %',
    fix: expect.stringMatching(/^to go faster, start with convolutions/),
  });
});

test('what was not measured is skipped', () => {
  expect(performanceTips({ seconds: 1, images: 1 }).map(({ verdict }) => verdict)).toEqual(
    Array(7).fill('skipped'),
  );
});

test.each([
  ['waiting', { waitedSeconds: 30 }, 'problem', /more workers/],
  ['waiting', { waitedSeconds: 8, workers: 4 }, 'warning', /cache/],
  ['retained-tensors', { tensors: [100, 250] }, 'problem', /tf.tidy/],
  ['precision', { precision: 'float32' }, 'warning', /bfloat16/],
  ['precision', { measured: { float32: 20, bfloat16: 30 } }, 'warning', /float32/],
  ['batch-size', { peakBytes: 3.9e9 }, 'warning', /accumulate/],
  ['batch-size', { batchSize: 4 }, 'warning', /larger batches/],
  ['copies', { copiedBytes: 5e11 }, 'warning', /bytes instead of floats/],
  ['read-backs', { readBacks: 500 }, 'warning', /every few steps/],
  ['profile', { profile: { ...GOOD.profile, milliseconds: 200 } }, 'warning', /larger batches/],
] as const)('%s: %o', (name, changes, verdict, fix) => {
  expect(byName(changes)[name]).toMatchObject({ verdict, fix: expect.stringMatching(fix) });
  // The worst comes first.
  expect(performanceTips({ ...GOOD, ...changes })[0]?.name).toBe(name);
});
