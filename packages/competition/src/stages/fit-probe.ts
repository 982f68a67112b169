import { PodiumError, Predictions } from '@podium/core';
import { type Head, type ManifestRow, readManifest } from '@podium/dataset';
import { averageViews } from '@podium/ensemble';
import {
  chooseRidgeStrength,
  chooseStrength,
  type FeatureMatrix,
  fitLinearProbe,
  fitRidgeProbe,
  type LinearProbe,
  probeLogits,
  type RidgeTargets,
  type TriedStrength,
} from '@podium/model-zoo';
import type { StateTensor } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import { defineStage } from '@podium/pipeline';
import type { TargetScale } from '@podium/training';
import { z } from 'zod';
import { writeHeads } from '../artifacts/head-predictions.ts';
import { writeJson } from '../artifacts/json.ts';
import { readFoldData, teacherRecord } from '../external/fold-data.ts';
import { COMPETITION, withRootName } from '../external/resolve-roots.ts';
import { pickHeads, readRows } from '../heads/fold-rows.ts';
import { labelOf } from '../heads/scored-rows.ts';
import { readFeatures } from '../models/features.ts';
import { evaluationLoss, targetScale } from '../models/head-loss.ts';
import { computing, openEngine } from '../models/open-engine.ts';
import { openModel } from '../models/open-model.ts';
import { predictRows, withinBounds } from '../models/predict-rows.ts';
import { loadProbe } from '../models/probe-model.ts';
import { sampleRows } from '../models/sample-rows.ts';
import { textOf } from '../models/target-scales.ts';
import type { ApplyStage } from '../predict/apply-stage.ts';
import { extractFrozenFeatures } from './extract-features.ts';

/** Rows that the strength is searched on, about: it hardly depends on how many there are. */
const SEARCHED_ROWS = 4000;

/** The strength of a head's probe, and what the search found. */
interface ChosenStrength {
  readonly head: string;
  readonly c: number;
  readonly tried: readonly TriedStrength[];
}

const schema = z.strictObject({
  ...computing,
  fold: z.int().min(0),
  heads: z.array(z.string()).min(1),
  /** How many views the features are of. */
  views: z.int().min(1),
  /** Inverse strength of the penalty, as scikit-learn's C on standardized features; or found inside the fold's rows. */
  c: z.union([z.number().positive(), z.literal('search')]),
});

/** Predicts with the pretrained network and the probe of the run as its classifier. */
const apply: ApplyStage = async (context) => {
  const { heads: names } = schema.parse(context.instance.settings);
  const features = context.upstream('features');
  const settings = extractFrozenFeatures.settings.parse(features.instance.settings);
  const heads = pickHeads(context.heads, names);
  await openEngine(settings, context.signal);
  const model = await openModel({
    settings,
    heads,
    seed: 0,
    weights: await features.file('weights'),
    code: await features.file('modelCode'),
  });
  try {
    const { weights } = await context.outputs();
    const scales = await loadProbe(model, weights!, names);
    const load = { ...context.images, heads };
    return await predictRows(model, evaluationLoss(heads, scales), load, settings, context.onProgress);
  } finally {
    model.dispose();
  }
};

/** A linear classifier, or ridge regression, on frozen features for one fold: for little data that is similar to ImageNet. */
export const fitProbe = defineStage({
  name: 'fit-probe',
  version: '4',
  module: import.meta.url,
  warm: true,
  settings: schema,
  inputs: {
    features: { kind: 'file', type: 'features' },
    train: { kind: 'file', type: 'manifest' },
    test: { kind: 'file', type: 'manifest' },
    folds: { kind: 'file', type: 'folds' },
    /** More rows that train: labeled external ones, pseudo-labeled ones. They never validate. */
    extra: { kind: 'file', type: 'manifest', many: true, optional: true },
    /** The record of the teacher whose labels are among them. */
    teacher: { kind: 'file', type: 'teacher', optional: true },
    /** All external images that features were extracted from, and the features. */
    external: { kind: 'file', type: 'manifest', optional: true },
    externalFeatures: { kind: 'file', type: 'features', optional: true },
  },
  outputs: {
    weights: { kind: 'file', type: 'probe', path: 'probe.safetensors' },
    oof: { kind: 'folder', type: 'predictions' },
    test: { kind: 'folder', type: 'predictions' },
    teacher: { kind: 'file', type: 'teacher', path: 'teacher.json' },
    strengths: { kind: 'file', type: 'strengths', path: 'strengths.json' },
  },
  needs: () => ({ cores: 1, memoryBytes: 1 << 30 }),
  run: async ({ settings, inputs, outputs, signal }) => {
    const { fold, c, heads: names } = settings;
    const views = Array.from({ length: settings.views }, (_, view) => view);
    await openEngine(settings, signal);
    const { rows, heads } = await readRows(inputs.train, inputs.folds, names);
    const test = (await readManifest(inputs.test)).rows;
    const featuresOf = await readFeatures(inputs.features);
    const foldData = await readFoldData({ rows, fold, extra: inputs.extra, teacher: inputs.teacher });
    const { train, validation } = foldData;
    const place = new Map(rows.map(({ id }, i) => [id, i]));
    const at = (some: readonly ManifestRow[]) => some.map(({ id }) => place.get(id)!);
    const rowOf = await featureRows(inputs, featuresOf, rows, test, views);
    const strengths: ChosenStrength[] = [];
    const scales: [string, TargetScale][] = [];
    const tensors = new Map<string, StateTensor>();
    const oof = new Map<string, Predictions>();
    const tested = new Map<string, Predictions>();
    for (const [h, head] of heads.entries()) {
      if (head.task === 'multi-label') throw onlySingle(head);
      const labeled = train.filter((row) => labelOf(row, head) !== undefined);
      const width = head.classes.length;
      const matrix = gather(labeled, views, rowOf);
      const isNumbers = head.task === 'regression';
      const scale = isNumbers ? targetScale(head.name, width, train) : undefined;
      if (scale !== undefined) scales.push([head.name, scale]);
      // Views of an image share its weight: more views are more rows, not more information.
      const targets = new Float32Array(isNumbers ? 0 : views.length * labeled.length * width);
      for (const [i, row] of isNumbers ? [] : labeled.entries()) {
        const target = targetOf(row, head).map((value) => value / views.length);
        for (const v of views.keys()) targets.set(target, (v * labeled.length + i) * width);
      }
      const all = [...matrix.ids.keys()];
      const numbers = (some: readonly ManifestRow[], copies: number): RidgeTargets => ({
        columns: width,
        targets: Float32Array.from(
          repeated(
            some.flatMap((row) => numbersOf(row, head, scale!)),
            copies,
          ),
        ),
        weights: Float32Array.from(
          repeated(
            some.map(({ weight }) => weight / copies),
            copies,
          ),
        ),
      });
      const search = () => {
        // One view, and a sample of many rows, are enough to choose by.
        const sample = sampleRows(labeled, SEARCHED_ROWS);
        const common = {
          features: gather(sample, views.slice(0, 1), rowOf),
          rows: [...sample.keys()],
          groups: sample.map(({ group, id }) => group ?? id),
          judges: (at: number) => sample[at]!.provenance.kind === 'true',
        };
        if (isNumbers) return chooseRidgeStrength({ ...common, targets: numbers(sample, 1) });
        return chooseStrength({
          ...common,
          targets: Float32Array.from(sample.flatMap((row) => targetOf(row, head))),
          classes: width,
        });
      };
      const chosen = c === 'search' ? search() : { c, tried: [] };
      strengths.push({ head: head.name, ...chosen });
      const probe = isNumbers
        ? fitRidgeProbe(matrix, all, numbers(labeled, views.length), chosen.c)
        : fitLinearProbe(matrix, all, [], width, { c: chosen.c, targets });
      store(tensors, `${h}`, probe);
      const predict = (
        split: 'train' | 'test',
        all: readonly ManifestRow[],
        wanted: readonly ManifestRow[],
        picked: number[],
      ) =>
        withGroups(
          wanted,
          withinBounds(
            averageViews(
              views.map((view) => {
                const values = probeLogits(probe, featuresOf(split, view, all), picked);
                return new Predictions({
                  ids: wanted.map(({ id }) => id),
                  classes: head.classes,
                  task: head.task,
                  kind: isNumbers ? 'numbers' : 'logits',
                  values: scale === undefined ? values : restored(values, scale),
                });
              }),
            ),
            head,
          ),
        );
      oof.set(head.name, predict('train', rows, validation, at(validation)).withFold(fold));
      if (test.length > 0) tested.set(head.name, predict('test', test, test, [...test.keys()]));
    }
    await writeSafetensors(outputs.weights, tensors, { heads: JSON.stringify(names), ...textOf(scales) });
    await writeHeads(outputs.oof, oof);
    await writeHeads(outputs.test, tested);
    await writeJson(outputs.teacher, await teacherRecord(foldData, outputs.weights));
    await writeJson(outputs.strengths, strengths);
  },
  apply,
});

/** The target of a row: its label or soft label, times its weight. */
function targetOf(row: ManifestRow, head: Head): number[] {
  const { softLabels = {}, weight } = row;
  const label = labelOf(row, head);
  const soft = Object.hasOwn(softLabels, head.name)
    ? softLabels[head.name]!
    : head.classes.map((name) => Number(name === label));
  return soft.map((value) => value * weight);
}

/** The numbers of a row, standardized. */
function numbersOf(row: ManifestRow, head: Head, { mean, std }: TargetScale): number[] {
  const label = labelOf(row, head);
  const numbers = label === undefined || typeof label === 'string' ? [] : label;
  return numbers.map((value, k) => (Number(value) - mean[k]!) / std[k]!);
}

/** Standardized numbers `[N,K]` in the units of the table. */
function restored(values: Float32Array, { mean, std }: TargetScale): Float32Array {
  const width = mean.length;
  return values.map((value, i) => value * std[i % width]! + mean[i % width]!);
}

function repeated(values: readonly number[], copies: number): number[] {
  return Array.from({ length: copies }, () => values).flat();
}

/** Looks up the features of a row of any split. */
async function featureRows(
  {
    external,
    externalFeatures,
  }: { readonly external: string | undefined; readonly externalFeatures: string | undefined },
  featuresOf: Awaited<ReturnType<typeof readFeatures>>,
  rows: readonly ManifestRow[],
  test: readonly ManifestRow[],
  views: readonly number[],
): Promise<(row: ManifestRow, view: number) => Float32Array> {
  const outside = external === undefined ? [] : (await readManifest(external)).rows;
  const outsideOf = externalFeatures === undefined ? undefined : await readFeatures(externalFeatures);
  // Rows are identified by their images, since a row may occur several times, as copies of a pseudo label do.
  const keyOf = ({ image }: ManifestRow) => JSON.stringify(image);
  const places = new Map<string, (view: number) => Float32Array>();
  const add = (split: 'train' | 'test' | 'external', all: readonly ManifestRow[], prefix = '') => {
    if (all.length === 0) return;
    const matrices = new Map(
      views.map((view) => [view, (split === 'external' ? outsideOf : featuresOf)?.(split, view, all)]),
    );
    for (const [i, row] of all.entries()) {
      const [key] = prefix === '' ? [keyOf(row)] : withRootName(prefix, [row]).map(keyOf);
      places.set(key!, (view) => {
        const { values, width } = matrices.get(view)!;
        return values.subarray(i * width, (i + 1) * width);
      });
    }
  };
  add('train', rows);
  add('test', test, COMPETITION);
  add('external', outside);
  return (row, view) => {
    const found = places.get(keyOf(row));
    if (found !== undefined) return found(view);
    throw new PodiumError({
      code: 'features-missing',
      message: `row ${JSON.stringify(row.id)} has no features`,
      fix: 'pass the features of the external images beside their rows',
    });
  };
}

/** Features `[V*N,F]` of rows, view by view. */
function gather(
  rows: readonly ManifestRow[],
  views: readonly number[],
  rowOf: (row: ManifestRow, view: number) => Float32Array,
): FeatureMatrix {
  const parts = views.flatMap((view) => rows.map((row) => rowOf(row, view)));
  const width = parts[0]?.length ?? 0;
  const values = new Float32Array(parts.length * width);
  for (const [i, part] of parts.entries()) values.set(part, i * width);
  return { ids: views.flatMap((_, v) => rows.map(({ id }) => `${v} ${id}`)), values, width };
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
    message: 'a probe supports only heads with one class per image',
    fix: 'train this model by method: transfer or full',
  });
}
