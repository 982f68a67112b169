import { join } from 'node:path';
import { createLoader, type LoaderOptions, readManifest, shuffled } from '@podium/dataset';
import type { ImageModel } from '@podium/model-zoo';
import { type AnyModule, Module, stateDict } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import { defineStage } from '@podium/pipeline';
import { createPretraining, pretrain } from '@podium/semi-supervised';
import { createCheckpointStore, modelCheckpoint } from '@podium/training';
import type * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { COMPETITION, resolveRoots, rootsOf, withRootName } from '../external/resolve-roots.ts';
import { computing, openEngine } from '../models/open-engine.ts';
import { modelSettings, NO_HEADS, openModel } from '../models/open-model.ts';
import { scheduleOf } from '../models/schedule.ts';
import { optimizerOf } from '../models/train-network.ts';
import { pipelineModule } from '../models/views.ts';
import { shapeFor } from '../recipe/recipe.ts';

/**
 * Trains a backbone on images alone: those of the competition, whatever their fold, external ones, and test images if the
 * settings allow it. It reads no labels.
 */
export const pretrainBackbone = defineStage({
  name: 'pretrain',
  version: '2',
  module: import.meta.url,
  random: true,
  settings: z.strictObject({
    ...modelSettings,
    ...computing,
    ...shapeFor('pretrain'),
    method: z.string(),
    options: z.record(z.string(), z.json()),
    epochs: z.int().min(1),
    batchSize: z.int().min(2),
    learningRate: z.number().positive(),
    /** Transforms of a view. */
    view: z.array(z.json()).min(1),
    sources: z.array(z.string()),
  }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    train: { kind: 'file', type: 'manifest' },
    external: { kind: 'folder', type: 'external', many: true, optional: true },
    /** Admitted external images. */
    rows: { kind: 'file', type: 'manifest', optional: true },
    /** Test images, if the settings allow learning from them. */
    allowed: { kind: 'file', type: 'manifest', optional: true },
    weights: { kind: 'file', type: 'weights', optional: true },
    modelCode: { kind: 'file', type: 'code', optional: true },
  },
  outputs: { weights: { kind: 'file', type: 'weights', path: 'weights.safetensors' } },
  needs: () => ({ cores: 'all', memoryBytes: 4 << 30 }),
  run: async ({ settings, inputs, outputs, workFolder, signal, report, rng }) => {
    const { method, options, epochs, imageSize, learningRate, sources } = settings;
    const { root, external } = await resolveRoots(rootsOf(inputs.data, inputs.external, sources));
    const read = async (file: string | undefined) =>
      file === undefined ? [] : (await readManifest(file)).rows;
    const rows = external([
      ...withRootName(COMPETITION, await read(inputs.train)),
      ...(await read(inputs.rows)),
      ...withRootName(COMPETITION, await read(inputs.allowed)),
    ]).map((row, i) => ({ ...row, id: String(i), labels: {} }));
    await openEngine(settings, signal);
    const model = await openModel({
      settings,
      heads: NO_HEADS,
      seed: rng.split('model').int(2 ** 31),
      weights: inputs.weights,
      code: inputs.modelCode,
    });
    (model.getSubmodule(model.classifierPath) as AnyModule).requiresGrad_(false);
    const backbone = { model: new Features(model) as unknown as AnyModule, features: model.numFeatures };
    const task = createPretraining({ name: method, ...options }, backbone);
    const batchSize = Math.min(settings.batchSize, rows.length);
    const stepsPerEpoch = Math.floor(rows.length / batchSize);
    const steps = epochs * stepsPerEpoch;
    const transform = pipelineModule(settings.view);
    const seed = rng.split('batches').int(2 ** 31);
    await pretrain({
      task,
      epochs,
      optimizer: optimizerOf(settings),
      groups: { weightDecay: settings.weightDecay },
      ...scheduleOf({ schedule: 'cosine', learningRate, warmup: 0.1 }, { steps, stepsPerEpoch }),
      seed: rng.split('run').int(2 ** 31),
      normalization: settings.input,
      precision: settings.precision,
      batches: (state) =>
        createLoader({
          root,
          rows,
          batchSize,
          epochs,
          seed,
          sampler: shuffled(),
          imageSize: [imageSize, imageSize],
          dropLast: true,
          views: task.views === 2 ? [transform, transform] : [transform],
          state: state as LoaderOptions['state'],
        }),
      checkpoints: createCheckpointStore({ folder: join(workFolder, 'checkpoints'), keepBest: 0 }),
      saveEvery: 'on-request',
      callbacks: [modelCheckpoint({ everyMinutes: 0.5 })],
      signal,
      onEvent: (event) => {
        if (event.type !== 'step' || (event.step % 10 !== 0 && event.step !== steps)) return;
        const { step, loss } = event;
        const message = `${method}, loss ${loss.toFixed(3)}`;
        const values = { 'train/loss': loss, learning_rate: event.learningRate };
        report({ done: step, total: steps, unit: 'steps', message, points: [{ step, values }] });
      },
    });
    signal.throwIfAborted();
    const classifier = `${model.classifierPath}.`;
    const weights = [...stateDict(model)].filter(([path]) => !path.startsWith(classifier));
    await writeSafetensors(outputs.weights, new Map(weights), { podium: 'pretrained' });
  },
});

/** A model without its classifier. */
class Features extends Module<[x: tf.Tensor4D], tf.Tensor> {
  model: ImageModel;

  constructor(model: ImageModel) {
    super();
    this.model = model;
  }

  forward(x: tf.Tensor4D): tf.Tensor {
    return this.model.forwardHead(this.model.forwardFeatures(x), { preLogits: true });
  }
}
