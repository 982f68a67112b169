import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { example } from '../test/example.ts';
import { type ComparisonOptions, type ReportData, renderComparison } from './index.ts';

const a = example();

function textOf(
  b: ReportData,
  section: string,
  options: ComparisonOptions = {},
  first: ReportData = a,
): string {
  const { document } = parseHTML(renderComparison(first, b, options));
  return document.querySelector(`#${section}`)?.textContent ?? '';
}

describe('which is better', () => {
  const better = example({ score: { value: 0.8 } });
  test.each([
    ['within noise', { value: 0.02, interval: { low: -0.01, high: 0.05 } }, 'Within noise.'],
    ['better', { value: 0.058, interval: { low: 0.02, high: 0.09 } }, 'B is better.'],
    ['worse', { value: -0.058, interval: { low: -0.09, high: -0.02 } }, 'A is better.'],
    ['not known', { value: 0.058 }, 'It is not known whether that is more than luck'],
    ['nothing given', undefined, 'changes by +0.058'],
    ['the same', { value: 0 }, 'Both score the same'],
  ])('%s', (_, difference, words) => {
    expect(textOf(better, 'scores', difference && { difference })).toContain(words);
  });

  test('with a metric that should be low, a decrease is better', () => {
    const metric = { name: 'Log loss', better: 'lower' as const };
    const difference = { value: -0.1, interval: { low: -0.2, high: -0.05 } };
    expect(textOf(example({ metric }), 'scores', { difference }, example({ metric }))).toContain(
      'B is better.',
    );
  });

  test('different metrics are not compared', () => {
    expect(textOf(example({ metric: { name: 'Accuracy' } }), 'scores')).toContain('cannot be compared');
  });

  test('folds are matched by name', () => {
    const folds = [
      { fold: 4, score: 0.9 },
      { fold: 'new', score: 0.1 },
    ];
    expect(textOf(example({ folds }), 'scores')).toContain('B is better in 1 of 1 folds.');
  });
});

test('settings: only what differs', () => {
  const text = textOf(example({ settings: { model: 'vgg11', epochs: 4, mixup: 0.2 } }), 'settings');
  for (const name of ['model', 'mixup', 'augment', 'optimizer.name']) expect(text).toContain(name);
  expect(text).not.toContain('epochs');
  expect(textOf(a, 'settings')).toContain('The settings are the same.');
});

test('images that only one run gets right', () => {
  const samples = (a.samples ?? []).map((sample, i) =>
    i === 0 ? { ...sample, predicted: sample.truth } : sample,
  );
  expect(textOf(example({ samples }), 'images')).toContain(
    'B fixes 1 mistake of A and makes 0 new ones; 14 images are wrong in both.',
  );
});

test('runs with different classes are compared without classes and confusions', () => {
  const other = example({ classes: ['x', 'y', 'z', 'u', 'v', 'w', 'q'], perClass: [] });
  const { document } = parseHTML(renderComparison(a, other));
  expect([...document.querySelectorAll('main section')].map(({ id }) => id)).toEqual([
    'scores',
    'settings',
    'cost',
  ]);
});

test('two runs with nothing but a score', () => {
  const html = renderComparison({ title: 'a', score: { value: 0.5 } }, { title: 'b', score: { value: 0.6 } });
  expect(html).toContain('a vs b');
});

test('the same bytes every time', () => {
  expect(renderComparison(a, example())).toBe(renderComparison(a, example()));
});
