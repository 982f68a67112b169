import type { PodiumError } from '@podium/core';
import { imagenetInput, type TransferCase } from '@podium/model-zoo';
import { describe, expect, test } from 'vitest';
import { presets } from '../presets/index.ts';
import type { DatasetSummary } from '../run/dataset-summary.ts';
import { settingsSchema } from '../settings/schema.ts';
import type { ChangesReport } from '../stages/measure-changes.ts';
import type { Recommendation } from '../stages/recommend.ts';
import { pretrainSteps, semiSupervisedSteps, trainingSteps } from './augmentation.ts';
import { type RecipeKey, recipe, settingsFor, shapeFor } from './recipe.ts';
import { type ModelCandidate, resolveConfig, resolveFolds } from './resolve-config.ts';
import { NOT_FOR_PROBES } from './unused-settings.ts';

const recipeKeys = Object.keys(recipe) as RecipeKey[];

const dataset: DatasetSummary = {
  rows: 400,
  testRows: 100,
  groups: 200,
  heads: [{ name: 'class', task: 'single-label', classes: ['a', 'b'] }],
  format: {
    layout: 'csv',
    submission: null,
    missing: 0,
    kept: 400,
    decisions: [],
    omissions: [],
    side: 173,
    unpredicted: [],
    ranges: {},
  },
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
const found = (name: TransferCase) =>
  new Map([['resnet18', { case: name, reasons: [], warnings: [] } as unknown as Recommendation]]);
const settingsOf = (more: object = {}) =>
  settingsSchema.parse({ competition: 'x', data: { folder: 'd' }, ...more });
const choose = (more: object, candidates = [pretrained], measured = found('little-similar')) =>
  resolveConfig({ settings: settingsOf(more), candidates, dataset, measured, folds: 5 });

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
    batchSize: 16,
    labelSmoothing: 0.2,
    flip: true,
    colors: true,
    ema: 0,
  };
  const { models, decisions } = choose({ train, ensemble: { method: 'mean' } });
  expect(models[0]).toMatchObject(train);
  expect(decisions).toEqual([]);
  const decided = choose({ preset: 'best' }, [pretrained, untrained]).decisions;
  expect(decided.map(({ key }) => key)).toContain('ensemble.method');
  for (const { reason } of decided) expect(reason).not.toBe('');
});

test('every choice of a preset, and of the data, is told', () => {
  const of = (method: string) =>
    choose({ preset: 'best', train: { method } }).decisions.map(({ key }) => key.replace('resnet18: ', ''));
  const always = ['imageSize', 'flip', 'views'];
  expect(of('probe')).toEqual(expect.arrayContaining(always));
  const trained = [...always, 'epochs', 'batchSize', 'augment', 'colors', 'ema', 'seeds'];
  expect(of('full')).toEqual(expect.arrayContaining(trained));
  expect(of('transfer')).toEqual(expect.arrayContaining([...trained, 'plan']));
});

test('a default that depends on the data, the preset or a measurement is told wherever it is used', () => {
  const several: DatasetSummary['heads'] = [{ name: 'tags', task: 'multi-label', classes: ['a', 'b'] }];
  const runs = [30, 400, 50_000].flatMap((rows) =>
    [28, 173, 600].flatMap((side) =>
      [dataset.heads, several].flatMap((heads) =>
        [...presets.names()].flatMap((preset) =>
          [pretrained, untrained].flatMap((candidate) =>
            (['little-similar', 'little-dissimilar', 'enough-similar'] as const).map((measured) =>
              resolveConfig({
                settings: settingsOf({ preset }),
                candidates: [candidate],
                dataset: { ...dataset, rows, heads, format: { ...dataset.format, side } },
                measured: found(measured),
                changes: rows === 30 ? null : changesOf(rows === 400),
                folds: 5,
              }),
            ),
          ),
        ),
      ),
    ),
  );
  // What follows from another field of the recipe is told with that field.
  const dependent = recipeKeys.filter((key) => {
    const values = runs.map(({ models: [model] }) =>
      JSON.stringify([model!.method, model!.schedule, model!.loss, model![key]]),
    );
    const others = runs.map(({ models: [model] }) =>
      JSON.stringify([model!.method, model!.schedule, model!.loss]),
    );
    return new Set(values).size > new Set(others).size || key === 'method';
  });
  expect(dependent).toEqual(
    expect.arrayContaining([
      'method',
      'plan',
      'imageSize',
      'epochs',
      'labelSmoothing',
      'flip',
      'views',
      'seeds',
    ]),
  );
  for (const { models, decisions } of runs) {
    const { name, method } = models[0]!;
    const used = dependent.filter(
      (key) =>
        !(method === 'probe' && (key === 'batchSize' || NOT_FOR_PROBES.includes(key as never))) &&
        !(method !== 'transfer' && key === 'plan'),
    );
    const told = new Set(decisions.map(({ key }) => key));
    expect(used.filter((key) => !told.has(`${name}: ${key}`))).toEqual([]);
  }
});

test.each([
  ['curriculum', ['weight', 'share', 'teachers', 'models']],
  ['fixmatch', ['ratio', 'models']],
])('what pseudo labels by %s leave open is told', (method, open) => {
  const told = (more: object) =>
    choose({ pseudo: { method, allowTest: true, ...more } }).decisions.flatMap(({ key }) =>
      key.startsWith('pseudo.') ? [key.slice('pseudo.'.length)] : [],
    );
  expect(told({})).toEqual(open);
  expect(told({ models: ['resnet18'] })).toEqual(open.slice(0, -1));
});

function changesOf(mirrored: boolean, gray = mirrored): NonNullable<ChangesReport> {
  const one = (keepsClasses: boolean) => ({
    keepsClasses,
    whole: 0.9,
    changed: keepsClasses ? 0.89 : 0.1,
    images: 300,
  });
  return { mirrored: one(mirrored), gray: one(gray) };
}

function resolveChanged(more: object, changes: ChangesReport) {
  return resolveConfig({
    settings: settingsOf({ preset: 'good', ...more }),
    candidates: [pretrained],
    dataset,
    measured: found('little-similar'),
    changes,
    folds: 5,
  });
}

describe('colors', () => {
  const changes = (more: object, report: ChangesReport) => {
    const { models, decisions } = resolveChanged(more, report);
    const [model] = models;
    const all = [trainingSteps(model!).steps, semiSupervisedSteps(model!).strong, pretrainSteps(model!)];
    return {
      steps: all.map((steps) =>
        /colorJitter|grayscale|randAugment(?!.*operations)/.test(JSON.stringify(steps)),
      ),
      reason: decisions.find(({ key }) => key.endsWith(': colors'))?.reason,
    };
  };
  const train = { method: 'full', augment: 'medium', pretrain: { method: 'simclr', epochs: 2 } };

  test('are changed in training unless they tell classes apart', () => {
    expect(changes({ train }, changesOf(true))).toEqual({
      steps: [true, true, true],
      reason: 'a simple classifier is right on 90 % of 300 images as they are and 89 % without colors',
    });
    const kept = changes({ train }, changesOf(true, false));
    expect(kept.steps).toEqual([false, false, false]);
    expect(kept.reason).toMatch(/^colors tell classes apart: .* 10 % without colors$/);
    expect(changes({ train }, null).steps).toEqual([true, true, true]);
  });

  test('follow what the settings say', () => {
    expect(changes({ train: { ...train, colors: false } }, changesOf(true)).steps).toEqual([
      false,
      false,
      false,
    ]);
    expect(changes({ train: { ...train, colors: true } }, changesOf(false)).steps).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe('mirrored images', () => {
  const report = (keepsClasses: boolean) => changesOf(keepsClasses, true);
  const resolve = (more: object, changes: ChangesReport = report(true)) => resolveChanged(more, changes);
  const isMirrored = (more: object, mirror?: ChangesReport) => {
    const [model] = resolve(more, mirror).models;
    const steps = (given: unknown) => JSON.stringify(given).includes('horizontalFlip');
    const { strong } = semiSupervisedSteps(model!);
    return [
      steps(trainingSteps(model!).steps),
      model!.views.includes('flip'),
      steps(strong),
      steps(pretrainSteps(model!)),
    ];
  };
  const full = { train: { method: 'full' } };

  test('train and are a view where they keep their classes', () => {
    expect(isMirrored(full)).toEqual([true, true, true, true]);
    expect(isMirrored({ train: { method: 'probe' } })).toEqual([false, true, true, true]);
  });

  test.each([
    ['where they lose their classes', report(false)],
    ['where it cannot be told', null],
  ])('do neither %s', (_, mirror) => {
    for (const method of ['full', 'transfer', 'probe'])
      expect(isMirrored({ train: { method } }, mirror)).toEqual([false, false, false, false]);
  });

  test('views follow what training does', () => {
    const views = (train: object) => resolve({ train: { method: 'full', ...train } }).models[0]!.views;
    expect(views({ augment: 'none' })).toEqual(['whole']);
    expect(views({ augment: [{ affine: { degrees: 5 } }] })).toEqual(['whole']);
    expect(views({ augment: [{ oneOf: { steps: [{ horizontalFlip: {} }] } }] })).toEqual(['whole', 'flip']);
    expect(views({ augment: { module: './a.ts', export: 'a' } })).toEqual(['whole']);
    expect(views({ flip: false })).toEqual(['whole']);
    expect(views({ augment: 'none', views: ['flip'] })).toEqual(['flip']);
  });

  test('are told with their numbers', () => {
    const said = (mirror: ChangesReport) =>
      resolve(full, mirror)
        .decisions.filter(({ key }) => /flip|views/.test(key))
        .map(({ reason }) => reason);
    expect(said(report(false))).toEqual([
      'mirrored images lose their classes: a simple classifier is right on 90 % of 300 images as they are and 10 % mirrored',
      'preset good; no mirrored view, since training does not mirror images',
    ]);
    expect(said(report(true))[0]).toMatch(/^a simple classifier is right on 90 % of 300 images/);
  });
});

describe('settings without effect', () => {
  const refused = (more: object, candidates = [pretrained], own: DatasetSummary = dataset) => {
    try {
      const settings = settingsOf(more);
      resolveConfig({
        settings,
        candidates: candidates.map((candidate, i) => ({
          ...candidate,
          path: settings.models === undefined ? undefined : `models[${i}]`,
        })),
        dataset: own,
        measured: found('little-similar'),
        folds: 5,
      });
      return 'nothing';
    } catch (error) {
      const { code, path, fix } = (error as PodiumError).problem;
      expect(fix).toBeTruthy();
      return `${code} ${path?.key}`;
    }
  };
  const multi: DatasetSummary = {
    ...dataset,
    heads: [{ name: 'tags', task: 'multi-label', classes: ['a', 'b'] }],
  };
  const train = (given: object) => ({ train: { method: 'full', ...given } });

  test.each([
    ['label smoothing of focal loss', train({ loss: 'focal', labelSmoothing: 0.1 }), 'labelSmoothing'],
    ['label smoothing of soft F1', train({ loss: 'soft-macro-f1', labelSmoothing: 0.1 }), 'labelSmoothing'],
    [
      'weights by class of a squared error',
      train({ loss: 'mean-squared-error', classWeights: 'balanced' }),
      'classWeights',
    ],
    ['a plan without fine-tuning', train({ plan: 'little-similar' }), 'plan'],
    ['the strength of a probe without one', train({ probeC: 1 }), 'probeC'],
    ['epochs of a probe', { train: { method: 'probe', epochs: 3 } }, 'epochs'],
    ['augmentation of a probe', { train: { method: 'probe', augment: 'heavy' } }, 'augment'],
    ['seeds of a probe', { train: { method: 'probe', seeds: [1, 2] } }, 'seeds'],
    ['changed colors without augmentation', train({ augment: 'none', colors: true }), 'colors'],
    ['mirroring without augmentation', train({ augment: 'none', flip: true }), 'flip'],
  ])('%s', (_, settings, key) => {
    expect(refused(settings)).toBe(`setting-unused train.${key}`);
  });

  test('weights by class where images have several labels', () => {
    expect(refused(train({ classWeights: 'balanced' }), [pretrained], multi)).toBe(
      'setting-unused train.classWeights',
    );
    expect(refused(train({ labelSmoothing: 0.1 }), [pretrained], multi)).toBe('nothing');
  });

  test('of a model of your own, what only networks of the zoo take', () => {
    const model = { module: './net.ts', export: 'net' };
    const own: ModelCandidate = { settings: { model, pooling: 'gem' }, weights: undefined };
    expect(refused({ models: [own.settings] }, [own])).toBe('setting-unused models[0].pooling');
  });

  test('what says that nothing is wanted is no such setting', () => {
    expect(refused(train({ loss: 'focal', labelSmoothing: 0, classWeights: 'balanced', flip: true }))).toBe(
      'nothing',
    );
    expect(refused({ train: { method: 'probe', augment: 'none', mixup: 0 } })).toBe('nothing');
  });

  test('what some models use is told for the others', () => {
    const other: ModelCandidate = { settings: { model: 'small-net', method: 'full' }, weights: undefined };
    const settings = settingsOf({
      train: { epochs: 3 },
      models: [{ model: 'resnet18', method: 'probe' }, 'small-net'],
    });
    const candidates: ModelCandidate[] = [
      { ...pretrained, settings: { model: 'resnet18', method: 'probe' } },
      other,
    ];
    const { decisions } = resolveConfig({
      settings,
      candidates,
      dataset,
      measured: new Map(),
      folds: 5,
    });
    expect(decisions).toContainEqual({
      key: 'resnet18: epochs',
      value: 'not used',
      reason: 'a probe on frozen features has no use for it',
    });
  });

  test('what only training uses chooses training, where the method is open', () => {
    const { models, decisions } = choose({ train: { epochs: 3 } });
    expect(models[0]).toMatchObject({ method: 'transfer', epochs: 3 });
    expect(decisions.find(({ key }) => key === 'resnet18: method')?.reason).toMatch(/^epochs is set/);
  });

  test('what every model has by itself', () => {
    const own = (epochs: number): ModelCandidate => ({
      settings: { model: 'small-net', epochs },
      weights: undefined,
    });
    const all = { train: { epochs: 3 } };
    expect(refused(all, [own(8)])).toBe('setting-unused train.epochs');
    expect(refused(all, [own(8), own(9)])).toBe('setting-unused train.epochs');
    expect(refused(all, [own(8), untrained])).toBe('nothing');
  });

  test('what a student on pseudo labels does not use is told', () => {
    const given = train({ mixup: 0.2, sampler: 'class-balanced' });
    const told = (method: string) =>
      choose({ ...given, pseudo: { method, allowTest: true } }).decisions.flatMap(({ key, value }) =>
        value === 'not used' ? [key] : [],
      );
    expect(told('fixmatch')).toEqual(['resnet18 with fixmatch: sampler', 'resnet18 with fixmatch: mixup']);
    expect(told('target-precision')).toEqual(['resnet18 with target-precision: sampler']);
  });

  test('what a network cannot take', () => {
    const vit: ModelCandidate = { ...pretrained, settings: { model: 'vit_tiny_patch16_224' } };
    const settings = (more: object) => ({
      models: [{ model: 'vit_tiny_patch16_224', method: 'full' as const, ...more }],
    });
    const of = (more: object) => refused(settings(more), [{ ...vit, settings: settings(more).models[0]! }]);
    expect(of({ pooling: 'gem' })).toBe('setting-invalid models[0].pooling');
    const vgg = { model: 'vgg11', method: 'full' as const, dropPathRate: 0.1 };
    expect(refused({ models: [vgg] }, [{ ...pretrained, settings: vgg }])).toBe(
      'setting-invalid models[0].dropPathRate',
    );
    expect(() =>
      resolveConfig({
        settings: settingsOf(settings({ imageSize: 100 })),
        candidates: [{ ...vit, settings: settings({ imageSize: 100 }).models[0]!, path: 'models[0]' }],
        dataset,
        measured: new Map(),
        folds: 5,
      }),
    ).toThrow(
      /models\[0\].imageSize: the input of vit_tiny_patch16_224: expected .* a multiple of 16, got 100/,
    );
  });
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
  });
  expect(models[0]).toMatchObject({ imageSize: 28, views: ['whole'] });
  expect(JSON.stringify(models[0]?.augment)).toContain('affine');
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
