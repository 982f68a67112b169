import type { Predictions } from '@podium/core';
import { createLoader, type Head, type Label, type ManifestRow, rowsOfFold } from '@podium/dataset';
import { explainImages, models, toInput } from '@podium/model-zoo';
import { defineStage } from '@podium/pipeline';
import { z } from 'zod';
import { readHeads } from '../artifacts/head-predictions.ts';
import { writeJson } from '../artifacts/json.ts';
import { readRows } from '../heads/fold-rows.ts';
import { labelOf, labelsOf } from '../heads/scored-rows.ts';
import { computing, openEngine } from '../models/open-engine.ts';
import { modelSettings, openModel } from '../models/open-model.ts';
import { loadProbe } from '../models/probe-model.ts';
import { evalSteps, pipelineModule } from '../models/views.ts';

/** Where a network looked at one image. */
export interface ExplainedImage {
  readonly id: string;
  /** Whose prediction is explained. */
  readonly head: string;
  readonly method: string;
  /** The true class, all labels in one text, or the true number. */
  readonly truth: string | null;
  readonly predicted: string;
  /** Whether the predicted class is the true one, or one of the labels; of numbers, whether the error is among the smallest. */
  readonly right: boolean;
  readonly width: number;
  readonly height: number;
  readonly values: readonly number[];
}

/** Shows where a model looked, for its most confident mistakes and correct predictions among images it had not seen. */
export const explain = defineStage({
  name: 'explain',
  version: '4',
  module: import.meta.url,
  warm: true,
  settings: z.strictObject({
    ...modelSettings,
    ...computing,
    fold: z.int().min(0),
    /** Heads of the model; the first one is explained. */
    heads: z.array(z.string()).min(1),
    mistakes: z.int().min(0).default(8),
    right: z.int().min(0).default(4),
  }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    train: { kind: 'file', type: 'manifest' },
    folds: { kind: 'file', type: 'folds' },
    oof: { kind: 'folder', type: 'predictions' },
    /** Of the whole model, or of the backbone below a probe. */
    weights: { kind: 'file', type: 'weights', optional: true },
    probe: { kind: 'file', type: 'probe', optional: true },
    modelCode: { kind: 'file', type: 'code', optional: true },
  },
  outputs: { explanations: { kind: 'file', type: 'explanations', path: 'explanations.json' } },
  needs: () => ({ cores: 'all', memoryBytes: 2 << 30 }),
  run: async ({ settings, inputs, outputs, signal }) => {
    const { fold, heads: names, imageSize, input } = settings;
    const { rows, heads } = await readRows(inputs.train, inputs.folds, names);
    const { validation } = rowsOfFold(rows, fold);
    const [head] = heads as [(typeof heads)[number]];
    const predictions = (await readHeads(inputs.oof)).get(head.name)!;
    const isNumbers = head.task === 'regression';
    const near = new Map<string, boolean>();
    const chosen = isNumbers
      ? chooseNumbers(predictions, validation, head, settings, near)
      : choose(predictions, validation, head.name, settings);
    await openEngine(settings, signal);
    const model = await openModel({
      settings,
      heads,
      seed: 0,
      weights: inputs.weights,
      code: inputs.modelCode,
    });
    if (inputs.probe !== undefined) await loadProbe(model, inputs.probe, names);
    model.eval();
    const labels = labelsOf(rows, head);
    // A model of your own is explained by Grad-CAM.
    const explanation =
      settings.model === undefined
        ? ({ method: 'grad-cam' } as const)
        : models.get(settings.model).explanation;
    const found: ExplainedImage[] = [];
    const loader = createLoader({
      root: inputs.data,
      rows: chosen,
      batchSize: 4,
      imageSize: [imageSize, imageSize] as const,
      seed: 0,
      transform: pipelineModule(evalSteps(settings)),
    });
    for await (const { images, shape, ids } of loader) {
      signal.throwIfAborted();
      const x = toInput({ images: images as Uint8Array, shape }, input);
      // Classes of the first head come first among the logits.
      const classes = ids.map((id) => {
        // Of numbers, the first one.
        return isNumbers ? 0 : largest(predictions.row(predictions.indexOf(id)!));
      });
      const maps = explainImages(model, x, explanation, { classes });
      x.dispose();
      const [, height, width] = maps.shape;
      for (const [i, id] of ids.entries()) {
        const values = maps.values.subarray(i * height * width, (i + 1) * height * width);
        const truth = labels.get(id);
        found.push({
          id,
          head: head.name,
          width,
          height,
          truth:
            truth === undefined ? null : typeof truth === 'string' ? truth : truth.join(', ') || 'no label',
          right: isNumbers ? near.get(id) === true : isRight(truth, head.classes[classes[i]!]!),
          method: explanation.method === 'grad-cam' ? 'Grad-CAM' : 'attention rollout',
          predicted: isNumbers
            ? Array.from(predictions.row(predictions.indexOf(id)!), (value) =>
                String(Number(value.toPrecision(4))),
              ).join(', ')
            : head.classes[classes[i]!]!,
          values: Array.from(values, (value) => Math.round(value * 1000) / 1000),
        });
      }
    }
    await writeJson(outputs.explanations, found);
  },
});

function choose(
  predictions: Predictions,
  rows: readonly ManifestRow[],
  head: string,
  { mistakes, right }: { readonly mistakes: number; readonly right: number },
): ManifestRow[] {
  const classified = rows.flatMap((row) => {
    const at = predictions.indexOf(row.id);
    if (at === undefined) return [];
    const values = predictions.row(at);
    const best = largest(values);
    return [
      {
        row,
        confidence: values[best]!,
        isRight: isRight(
          labelOf(row, { name: head, classes: predictions.classes }),
          predictions.classes[best]!,
        ),
      },
    ];
  });
  classified.sort((a, b) => b.confidence - a.confidence || (a.row.id < b.row.id ? -1 : 1));
  const pick = (isRight: boolean, count: number) =>
    classified
      .filter((each) => each.isRight === isRight)
      .slice(0, count)
      .map(({ row }) => row);
  return [...pick(false, mistakes), ...pick(true, right)];
}

/** Images with the largest errors of the first number, and some with the smallest; `near` is told which is which. */
function chooseNumbers(
  predictions: Predictions,
  rows: readonly ManifestRow[],
  head: Head,
  { mistakes, right }: { readonly mistakes: number; readonly right: number },
  near: Map<string, boolean>,
): ManifestRow[] {
  const known = rows.flatMap((row) => {
    const at = predictions.indexOf(row.id);
    const label = labelOf(row, head);
    if (at === undefined || label === undefined) return [];
    return [{ row, error: Math.abs(predictions.row(at)[0]! - Number(label[0])) }];
  });
  known.sort((a, b) => b.error - a.error || (a.row.id < b.row.id ? -1 : 1));
  const far = known.slice(0, Math.min(mistakes, Math.ceil(known.length / 2)));
  const close = known.slice(far.length).slice(-right).reverse();
  for (const { row } of close) near.set(row.id, true);
  return [...far, ...close].map(({ row }) => row);
}

function isRight(truth: Label | undefined, predicted: string): boolean {
  return typeof truth === 'string' ? truth === predicted : (truth ?? []).some((each) => each === predicted);
}

function largest(values: Float32Array): number {
  return values.indexOf(Math.max(...values));
}
