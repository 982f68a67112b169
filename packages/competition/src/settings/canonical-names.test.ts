import { metrics } from '@podium/metrics';
import { models } from '@podium/model-zoo';
import { expect, test } from 'vitest';
import { meantBy } from '../catalog/aliases.ts';
import { catalog } from '../catalog/catalog.ts';
import { canonicalNames } from './canonical-names.ts';
import { type SettingsInput, settingsSchema } from './schema.ts';

const canonical = (settings: Partial<SettingsInput>) =>
  canonicalNames(settingsSchema.parse({ competition: 'x', data: { folder: 'x' }, ...settings }));

test.each([
  ['auc', 'roc-auc-macro'],
  ['roc_auc', 'roc-auc-macro'],
  ['ROC-AUC', 'roc-auc-macro'],
  ['qwk', 'quadratic-kappa'],
  ['f1', 'f1-macro'],
  ['macro_f1', 'f1-macro'],
  ['F1_Macro', 'f1-macro'],
  ['f1_weighted', 'f1-weighted'],
  ['acc', 'accuracy'],
  ['logloss', 'log-loss'],
  ['mAP', 'average-precision-macro'],
  ['balanced_accuracy', 'balanced-accuracy'],
  ['acuracy', undefined],
])('the metric %s is %s', (text, name) => {
  expect(meantBy(metrics, text)?.name).toBe(name);
});

test('every other name leads to an entry, and none is the name of another', () => {
  for (const { name: list, entries } of catalog) {
    const names = entries().map(({ name }) => name);
    for (const { name, aliases } of entries())
      for (const alias of aliases) expect(names, `${list}: ${alias} for ${name}`).not.toContain(alias);
    const all = entries().flatMap(({ aliases }) => aliases);
    expect(all, list).toEqual([...new Set(all)]);
  }
});

test('other names are decisions, other spellings are not', () => {
  const { settings, decisions } = canonical({
    metric: 'auc',
    folds: { method: 'StratifiedGroupKFold' },
    ensemble: { method: 'rank_mean' },
    data: { folder: 'x', accept: ['near_duplicates_across_splits'] },
    train: {
      optimizer: { name: 'AdamW', betas: [0.9, 0.99] },
      loss: 'bce',
      schedule: 'cosine_annealing',
      augment: ['hflip', { random_resized_crop: { size: 32 } }, { oneOf: ['v-flip', 'cutout'] }],
    },
  });
  expect(settings).toMatchObject({
    metric: 'roc-auc-macro',
    folds: { method: 'stratified-group' },
    ensemble: { method: 'rank-mean' },
    data: { accept: ['near-duplicates-across-splits'] },
    train: {
      optimizer: { name: 'adamw', betas: [0.9, 0.99] },
      loss: 'binary-cross-entropy',
      schedule: 'cosine',
      augment: [
        'horizontalFlip',
        { randomResizedCrop: { size: 32 } },
        { oneOf: ['v-flip', 'coarseDropout'] },
      ],
    },
  });
  expect(decisions.map(({ key, value }) => `${key}: ${value}`)).toEqual([
    'metric: roc-auc-macro',
    'folds.method: stratified-group',
    'train.loss: binary-cross-entropy',
    'train.schedule: cosine',
    'train.augment[0]: horizontalFlip',
    'train.augment[2].oneOf[1]: coarseDropout',
  ]);
  expect(decisions[0]?.reason).toBe('"auc" is another name for it');
});

test("timm's names with a tag are a model and its weights", () => {
  const { settings, decisions } = canonical({
    models: [
      'resnet50.a1_in1k',
      'timm/resnet50.a1_in1k',
      { model: 'resnet50.a1_in1k', epochs: 3 },
      { model: 'resnet50.a1_in1k', pretrained: 'a1_in1k' },
      { model: 'resnet50.a1_in1k', pretrained: false },
      'resnet50',
      'vit_b_16',
    ],
  });
  const pretrained = 'a1_in1k';
  expect(settings.models).toEqual([
    { model: 'resnet50', pretrained },
    { model: 'resnet50', pretrained },
    { model: 'resnet50', pretrained, epochs: 3 },
    { model: 'resnet50', pretrained },
    { model: 'resnet50.a1_in1k', pretrained: false },
    'resnet50',
    'vit_base_patch16_224',
  ]);
  expect(models.get('resnet50').weights.map(({ tag }) => tag)).toContain(pretrained);
  expect(decisions).toEqual([
    { key: 'models[6]', value: 'vit_base_patch16_224', reason: '"vit_b_16" is another name for it' },
  ]);
});
