import { PodiumError, Predictions } from '@podium/core';
import { type Head, type ManifestRow, readManifest, rowsOfFold } from '@podium/dataset';
import { averageViews } from '@podium/ensemble';
import { type FeatureMatrix, fitLinearProbe, type LinearProbe, probeLogits } from '@podium/model-zoo';
import type { StateTensor } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { writeHeads } from '../artefacts/head-predictions.ts';
import { computing, openEngine } from './support/engine.ts';
import { readFeatures } from './support/features.ts';
import { readRows } from './support/rows.ts';

/** A linear classifier on frozen features for one fold: what little data, much like ImageNet, asks for. */
export const fitProbe = defineStage({
  name: 'fit-probe',
  version: '1',
  module: import.meta.url,
  settings: z.strictObject({
    ...computing,
    fold: z.int().min(0),
    heads: z.array(z.string()).min(1),
    /** How many views there are features of. */
    views: z.int().min(1),
    /** Inverse strength of the penalty, as scikit-learn's C on standardised features. */
    c: z.number().positive(),
  }),
  inputs: {
    features: { kind: 'file', type: 'features' },
    train: { kind: 'file', type: 'manifest' },
    test: { kind: 'file', type: 'manifest' },
    folds: { kind: 'file', type: 'folds' },
  },
  outputs: {
    weights: { kind: 'file', type: 'probe', path: 'probe.safetensors' },
    oof: { kind: 'folder', type: 'predictions' },
    test: { kind: 'folder', type: 'predictions' },
  },
  needs: () => ({ cores: 1, memoryBytes: 1 << 30 }),
  run: async ({ settings, inputs, outputs, signal }) => {
    const { fold, c, heads: names } = settings;
    const views = Array.from({ length: settings.views }, (_, view) => view);
    await openEngine(settings, signal);
    const { rows, heads } = await readRows(inputs.train, inputs.folds, names);
    const test = (await readManifest(inputs.test)).rows;
    const featuresOf = await readFeatures(inputs.features);
    const { train, validation } = rowsOfFold(rows, fold);
    const place = new Map(rows.map(({ id }, i) => [id, i]));
    const at = (some: readonly ManifestRow[]) => some.map(({ id }) => place.get(id) as number);
    const tensors = new Map<string, StateTensor>();
    const oof = new Map<string, Predictions>();
    const tested = new Map<string, Predictions>();
    for (const [h, head] of heads.entries()) {
      if (head.task !== 'single-label') throw onlySingle(head);
      const labelled = train.filter(({ labels }) => typeof labels[head.name] === 'string');
      // The penalty is for one view of each image: more views are more rows, not more knowledge.
      const matrix = stack(views.map((view) => featuresOf('train', view, rows)));
      const labels = views.flatMap(() =>
        rows.map(({ labels: own }) => head.classes.indexOf(String(own[head.name]))),
      );
      const fitted = views.flatMap((_, v) => at(labelled).map((row) => row + v * rows.length));
      const probe = fitLinearProbe(matrix, fitted, labels, head.classes.length, { c: c / views.length });
      store(tensors, `${h}`, probe);
      const predict = (
        split: 'train' | 'test',
        all: readonly ManifestRow[],
        wanted: readonly ManifestRow[],
        picked: number[],
      ) =>
        withGroups(
          wanted,
          averageViews(
            views.map(
              (view) =>
                new Predictions({
                  ids: wanted.map(({ id }) => id),
                  classes: head.classes,
                  kind: 'logits',
                  values: probeLogits(probe, featuresOf(split, view, all), picked),
                }),
            ),
          ),
        );
      oof.set(head.name, predict('train', rows, validation, at(validation)).withFold(fold));
      if (test.length > 0) tested.set(head.name, predict('test', test, test, [...test.keys()]));
    }
    await writeSafetensors(outputs.weights, tensors, { heads: JSON.stringify(names) });
    await writeHeads(outputs.oof, oof);
    await writeHeads(outputs.test, tested);
  },
});

function stack(matrices: readonly FeatureMatrix[]): FeatureMatrix {
  const [first] = matrices as readonly [FeatureMatrix];
  if (matrices.length === 1) return first;
  const values = new Float32Array(matrices.length * first.values.length);
  for (const [v, matrix] of matrices.entries()) values.set(matrix.values, v * first.values.length);
  const ids = matrices.flatMap((matrix, v) => matrix.ids.map((id) => `${v} ${id}`));
  return { ids, values, width: first.width };
}

function store(
  tensors: Map<string, StateTensor>,
  head: string,
  { weight, bias, mean, std }: LinearProbe,
): void {
  const put = (name: string, data: Float32Array, shape: readonly number[]) =>
    void tensors.set(`${head}.${name}`, { dtype: 'float32', shape, data });
  put('weight', weight, [mean.length, bias.length]);
  put('bias', bias, [bias.length]);
  put('mean', mean, [mean.length]);
  put('std', std, [std.length]);
}

function withGroups(rows: readonly ManifestRow[], predictions: Predictions): Predictions {
  const groups = rows.map(({ group }) => group);
  return groups.every((group) => group !== undefined)
    ? new Predictions({ ...predictions, groups })
    : predictions;
}

function onlySingle({ name }: Head): PodiumError {
  return new PodiumError({
    code: 'probe-multi-label',
    path: { key: name },
    message: 'a probe is for heads with one class an image',
    fix: 'train this model by method: transfer or full',
  });
}
