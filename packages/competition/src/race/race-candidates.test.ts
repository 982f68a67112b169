import { imagenetInput } from '@podium/model-zoo';
import { expect, test } from 'vitest';
import type { ModelCandidate } from '../recipe/resolve-config.ts';
import type { ModelSettings, TrainingSettings } from '../settings/schema.ts';
import { raceCandidates } from './race-candidates.ts';
import { recipes } from './recipes/index.ts';

const weights: NonNullable<ModelCandidate['weights']> = {
  model: 'resnet18',
  path: '/w',
  spec: 'hf:x/y',
  source: 'x',
  sha256: '0',
  input: imagenetInput(224),
  license: 'apache-2.0',
};
const dataset = { rows: 1000, testRows: 100, format: { side: 96 } } as never;

function namesOf({
  models = [{ model: 'resnet18' }],
  pretrained = true,
  train = {},
  addsFresh = true,
  isMultiLabel = false,
}: {
  models?: ModelSettings[];
  pretrained?: boolean;
  train?: TrainingSettings;
  addsFresh?: boolean;
  isMultiLabel?: boolean;
} = {}): string[] {
  const candidates = models.map((settings) => ({ settings, weights: pretrained ? weights : undefined }));
  return raceCandidates(
    candidates,
    [...recipes],
    { dataset, isMultiLabel, mirrors: true, colors: true, seconds: 600 },
    { train, precision: 'float32', addsFresh },
  ).map(({ settings, recipe }) => `${settings.name ?? settings.model} by ${recipe.name}`);
}

test('every recipe that fits a network, and a small network from initial weights', () => {
  expect(namesOf()).toEqual([
    'resnet18-probe by probe',
    'resnet18-fine-tune by fine-tune',
    'small-net by fresh',
    'resnet18-fine-tune-gently by fine-tune-gently',
  ]);
});

test('networks that the settings name stay among themselves', () => {
  expect(namesOf({ addsFresh: false })).not.toContain('small-net by fresh');
  expect(namesOf({ models: [{ model: 'small-net' }], pretrained: false })).toEqual(['small-net by fresh']);
});

test('settings that the user wrote leave out recipes that contradict them', () => {
  expect(namesOf({ train: { method: 'transfer' } })).toEqual(['resnet18 by fine-tune-gently']);
  expect(namesOf({ train: { method: 'probe' } })).toEqual(['resnet18 by probe']);
  expect(namesOf({ train: { mixup: 0.2 } })).not.toContain('resnet18-probe by probe');
  expect(namesOf({ isMultiLabel: true })).not.toContain('resnet18-probe by probe');
});

test('augmentation ends at the size of the images, wherever it is written', () => {
  const sizes = ([{}, { imageSize: 96 }] as const).flatMap((own) =>
    ([{}, { imageSize: 64 }] as const).map((train) => {
      const [tuned] = raceCandidates(
        [{ settings: { model: 'resnet18', ...own }, weights }],
        [recipes.get('fine-tune')],
        { dataset, isMultiLabel: false, mirrors: true, colors: true, seconds: 600 },
        { train, precision: 'bfloat16', addsFresh: false },
      );
      return JSON.stringify(tuned!.settings.augment).match(/"size":(\d+)/)![1];
    }),
  );
  expect(sizes).toEqual(['128', '64', '96', '96']);
});

test('settings that the user wrote win over a recipe', () => {
  const [tuned] = raceCandidates(
    [{ settings: { model: 'resnet18', learningRate: 0.5 }, weights }],
    [...recipes],
    { dataset, isMultiLabel: false, mirrors: true, colors: true, seconds: 600 },
    { train: { clipNorm: 9 }, precision: 'bfloat16', addsFresh: false },
  );
  expect(tuned!.settings).toMatchObject({ learningRate: 0.5, schedule: 'one-cycle', precision: 'bfloat16' });
  expect(tuned!.settings).not.toHaveProperty('clipNorm');
});

test('where colors tell classes apart, they are not changed', () => {
  const [changed, kept] = [true, false].map((colors) => {
    const [tuned] = raceCandidates(
      [{ settings: { model: 'resnet18' }, weights }],
      [recipes.get('fine-tune')],
      { dataset, isMultiLabel: false, mirrors: true, colors, seconds: 600 },
      { train: {}, precision: 'float32', addsFresh: false },
    );
    return JSON.stringify(tuned!.settings.augment);
  });
  expect(changed).not.toContain('operations');
  expect(kept).toContain('"operations":["rotate","sharpness"');
});
