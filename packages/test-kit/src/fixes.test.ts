import { expect, test } from 'vitest';
import { adviceOf, followed } from './fixes.ts';

test.each([
  ['set submission.form: label', [{ key: 'submission.form', value: 'label' }]],
  [
    'set submission.options.names: { cat: "0", "a b": "1" } with each label; or set data.leaveOut: 0.25',
    [
      { key: 'submission.options.names', value: { cat: '0', 'a b': '1' } },
      { key: 'data.leaveOut', value: 0.25 },
    ],
  ],
  [
    'set metric: top-5 (or another), or submission.options.keep: [Usage, "x: y"]',
    [
      { key: 'metric', value: 'top-5' },
      { key: 'submission.options.keep', value: ['Usage', 'x: y'] },
    ],
  ],
  ['look at it with "podium inspect"', []],
])('%s', (fix, advice) => {
  expect(adviceOf(fix)).toEqual(advice);
});

test('advice is followed where the setting lives', () => {
  const settings = { metric: 'accuracy', submission: { form: 'label' } };
  expect(followed(settings, { key: 'submission.options.k', value: 3 })).toEqual({
    metric: 'accuracy',
    submission: { form: 'label', options: { k: 3 } },
  });
});
