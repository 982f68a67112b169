import { expect, test } from 'vitest';
import type { DatasetSummary } from '../run/dataset-summary.ts';
import { settingsSchema } from '../settings/schema.ts';
import type { Recommendation } from '../stages/recommend.ts';
import { type Candidate, chooseFolds, chooseTraining } from './resolve-config.ts';
import { imagenetInput } from './weights.ts';

const facts: DatasetSummary = {
  rows: 400,
  testRows: 100,
  groups: 200,
  heads: [{ name: 'class', task: 'single-label', classes: ['a', 'b'] }],
  format: { layout: 'csv', submission: null, missing: 0, kept: 400, side: 173 },
  findings: { findings: [], rows: { train: 400, test: 100, external: 0 }, images: 500, together: [] },
};
const weights = { model: 'resnet18', path: '/w', spec: 'hf:x/y', source: 'x', input: imagenetInput(224) };
const pretrained: Candidate = { settings: { model: 'resnet18' }, weights };
const fresh: Candidate = { settings: { model: 'small-net' }, weights: undefined };
const found = (name: 'little-similar' | 'little-dissimilar') =>
  new Map([['resnet18', { case: name, reasons: [], warnings: [] } as unknown as Recommendation]]);
const settingsOf = (more: object = {}) =>
  settingsSchema.parse({ competition: 'x', data: { folder: 'd' }, ...more });
const choose = (more: object, candidates = [pretrained], measured = found('little-similar')) =>
  chooseTraining(settingsOf(more), candidates, facts, measured, 5, 2);

test('frozen features where the data is similar, fine-tuning where it is not, everything where nothing is pretrained', () => {
  expect(choose({}).models[0]).toMatchObject({ method: 'probe', imageSize: 224, plan: undefined });
  const unlike = choose({}, [pretrained], found('little-dissimilar'));
  expect(unlike.models[0]).toMatchObject({ method: 'transfer', plan: 'little-dissimilar', augment: 'light' });
  expect(choose({}, [fresh]).models[0]).toMatchObject({ method: 'full', imageSize: 96, augment: 'medium' });
});

test('what the settings say is never decided by a preset, and everything decided has a reason', () => {
  const train = {
    method: 'full',
    imageSize: 64,
    epochs: 7,
    augment: 'heavy',
    views: ['flip'],
    seeds: [3, 4],
  };
  const { models, choices } = choose({ train });
  expect(models[0]).toMatchObject(train);
  expect(choices).toEqual([]);
  const decided = choose({ preset: 'best' }, [pretrained, fresh]).choices;
  expect(decided.map(({ key }) => key)).toContain('ensemble.method');
  for (const { why } of decided) expect(why).not.toBe('');
});

test('a model of settings wins over what is for all, and names are made different', () => {
  const candidates = [{ ...fresh, settings: { model: 'small-net', epochs: 2 } }, fresh];
  const { models } = choose({ train: { epochs: 9 } }, candidates);
  expect(models.map(({ name, epochs }) => [name, epochs])).toEqual([
    ['small-net', 2],
    ['small-net-2', 9],
  ]);
});

test('small images are neither mirrored nor cut', () => {
  const small = { ...facts, format: { ...facts.format, side: 28 } };
  const { models } = chooseTraining(settingsOf(), [fresh], small, new Map(), 5, 2);
  expect(models[0]).toMatchObject({ imageSize: 28, views: ['whole'] });
  expect(JSON.stringify(models[0]?.augment)).toContain('affine');
});

test('a time limit shortens training, then leaves out what is dearest, and says so', () => {
  const free = choose({ preset: 'best', train: { method: 'full' } }, [pretrained, fresh]);
  const tight = choose({ preset: 'best', timeLimit: '1 min', train: { method: 'full' } }, [
    pretrained,
    fresh,
  ]);
  expect(free.models).toHaveLength(2);
  expect(tight.models.length).toBeLessThan(3);
  expect(tight.models[0]?.epochs).toBeLessThan(free.models[0]!.epochs);
  expect(tight.choices.at(-1)).toMatchObject({ key: 'timeLimit' });
  expect(choose({ timeLimit: '9 h' }).choices.some(({ key }) => key === 'timeLimit')).toBe(false);
});

test('there are no more folds than groups', () => {
  expect(chooseFolds(settingsOf(), facts).folds).toBe(5);
  expect(chooseFolds(settingsOf(), { ...facts, groups: 3 })).toMatchObject({ folds: 3 });
  expect(chooseFolds(settingsOf({ folds: { count: 7 } }), facts)).toEqual({ folds: 7 });
});
