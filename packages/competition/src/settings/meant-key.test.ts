import { expect, test } from 'vitest';
import { meantKey, settingPaths } from './meant-key.ts';

test.each([
  ['lr', 'train.learningRate'],
  ['submission.keep', 'submission.options.keep'],
  ['submission.k', 'submission.options.k'],
  ['submission.at_least', 'submission.options.atLeast'],
  ['data.encoding', 'data.options.encoding'],
  ['train.lr', 'train.learningRate'],
  ['models[2].lr', 'models[2].learningRate'],
  ['batch', 'train.batchSize'],
  ['batch_size', 'train.batchSize'],
  ['bs', 'train.batchSize'],
  ['imgsz', 'train.imageSize'],
  ['size', 'train.imageSize'],
  ['epochs', 'train.epochs'],
  ['models[0].num_epochs', 'models[0].epochs'],
  ['n_splits', 'folds.count'],
  ['folds.n_splits', 'folds.count'],
  ['eval_metric', 'metric'],
  ['model', 'models'],
  ['models[0].arch', 'models'],
  ['pretrained', 'models[].pretrained'],
  ['models[0].checkpoint', 'models[0].pretrained'],
  ['data.label', 'data.options.label'],
  ['unpredicted', 'submission.unpredicted'],
  ['layout', 'data.layout'],
  ['zebra', undefined],
])('%s means %s', (key, meant) => {
  expect(meantKey(key)).toBe(meant);
});

test('what a name means is a setting', () => {
  const paths = new Set([...settingPaths(), 'models[].pretrained']);
  for (const key of [
    'lr',
    'bs',
    'wd',
    'opt',
    'tta',
    'amp',
    'k',
    'cv',
    'presets',
    'time_limit',
    'n_jobs',
    'blend',
    'pseudo_labels',
  ])
    expect(paths, key).toContain(meantKey(key));
  expect(paths).toContain('train.epochs');
  expect(paths).toContain('data.accept');
});
