import { imagenetInput } from '@podium/model-zoo';
import { expect, test } from 'vitest';
import type { DatasetSummary } from '../run/dataset-summary.ts';
import { settingsSchema } from '../settings/schema.ts';
import type { Recommendation } from '../stages/recommend.ts';
import { settingsFor, shapeFor } from './recipe.ts';
import { type ModelCandidate, resolveConfig, resolveFolds } from './resolve-config.ts';

const dataset: DatasetSummary = {
  rows: 400,
  testRows: 100,
  groups: 200,
  heads: [{ name: 'class', task: 'single-label', classes: ['a', 'b'] }],
  format: { layout: 'csv', submission: null, missing: 0, kept: 400, decisions: [], omissions: [], side: 173 },
  findings: { findings: [], rows: { train: 400, test: 100, external: 0 }, images: 500, together: [] },
};
const weights = {
  model: 'resnet18',
  path: '/w',
  spec: 'hf:x/y',
  source: 'x',
  sha256: '0',
  input: imagenetInput(224),
  license: 'apache-2.0',
};
const pretrained: ModelCandidate = { settings: { model: 'resnet18' }, weights };
const untrained: ModelCandidate = { settings: { model: 'small-net' }, weights: undefined };
const found = (name: 'little-similar' | 'little-dissimilar') =>
  new Map([['resnet18', { case: name, reasons: [], warnings: [] } as unknown as Recommendation]]);
const settingsOf = (more: object = {}) =>
  settingsSchema.parse({ competition: 'x', data: { folder: 'd' }, ...more });
const choose = (more: object, candidates = [pretrained], measured = found('little-similar')) =>
  resolveConfig({ settings: settingsOf(more), candidates, dataset, measured, folds: 5, cores: 2 });

test('frozen features for similar data, fine-tuning for other data, all layers without pretrained weights', () => {
  expect(choose({}).models[0]).toMatchObject({ method: 'probe', imageSize: 224, plan: undefined });
  const unlike = choose({}, [pretrained], found('little-dissimilar'));
  expect(unlike.models[0]).toMatchObject({ method: 'transfer', plan: 'little-dissimilar', augment: 'light' });
  expect(choose({}, [untrained]).models[0]).toMatchObject({
    method: 'full',
    imageSize: 96,
    augment: 'medium',
  });
});

test('settings are never overridden, and every decision has a reason', () => {
  const train = {
    method: 'full',
    imageSize: 64,
    epochs: 7,
    augment: 'heavy',
    views: ['flip'],
    seeds: [3, 4],
  };
  const { models, decisions } = choose({ train });
  expect(models[0]).toMatchObject(train);
  expect(decisions).toEqual([]);
  const decided = choose({ preset: 'best' }, [pretrained, untrained]).decisions;
  expect(decided.map(({ key }) => key)).toContain('ensemble.method');
  for (const { reason } of decided) expect(reason).not.toBe('');
});

test("a model's own settings win over those for all, and names are unique", () => {
  const candidates = [{ ...untrained, settings: { model: 'small-net', epochs: 2 } }, untrained];
  const { models } = choose({ train: { epochs: 9 } }, candidates);
  expect(models.map(({ name, epochs }) => [name, epochs])).toEqual([
    ['small-net', 2],
    ['small-net-2', 9],
  ]);
});

test('small images are neither mirrored nor cropped', () => {
  const small = { ...dataset, format: { ...dataset.format, side: 28 } };
  const { models } = resolveConfig({
    settings: settingsOf(),
    candidates: [untrained],
    dataset: small,
    measured: new Map(),
    folds: 5,
    cores: 2,
  });
  expect(models[0]).toMatchObject({ imageSize: 28, views: ['whole'] });
  expect(JSON.stringify(models[0]?.augment)).toContain('affine');
});

test('a time limit shortens training, then drops the most expensive models, and says so', () => {
  const free = choose({ preset: 'best', train: { method: 'full' } }, [pretrained, untrained]);
  const tight = choose({ preset: 'best', timeLimit: '1 min', train: { method: 'full' } }, [
    pretrained,
    untrained,
  ]);
  expect(free.models).toHaveLength(2);
  expect(tight.models.length).toBeLessThan(3);
  expect(tight.models[0]?.epochs).toBeLessThan(free.models[0]!.epochs);
  expect(tight.decisions.at(-1)).toMatchObject({ key: 'timeLimit' });
  expect(choose({ timeLimit: '9 h' }).decisions.some(({ key }) => key === 'timeLimit')).toBe(false);
});

test('there are no more folds than groups', () => {
  const folds = (more: object = {}, groups = dataset.groups) => {
    const decided: string[] = [];
    const count = resolveFolds(settingsOf(more), { ...dataset, groups }, (key) => void decided.push(key));
    return [count, decided];
  };
  expect(folds()).toEqual([5, ['folds.count']]);
  expect(folds({}, 3)).toEqual([3, ['folds.count']]);
  expect(folds({ folds: { count: 7 } })).toEqual([7, []]);
});

test('a field of the recipe reaches the settings, the resolved model and the stages that use it', () => {
  const train = { pooling: 'gem', swa: 0.5, sampler: { name: 'class-balanced' }, recompute: true };
  const [model] = choose({ train }).models;
  expect(model).toMatchObject({ ...train, ema: 0 });
  expect(settingsFor('train', model!)).toMatchObject({ swa: 0.5, sampler: train.sampler, recompute: true });
  expect(Object.keys(shapeFor('semi'))).not.toContain('swa');
});
