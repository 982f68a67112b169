import { createLoader, readManifest, shuffled, splitViews } from '@podium/dataset';
import type { ImageModel } from '@podium/model-zoo';
import { type AnyModule, Module, stateDict } from '@podium/nn';
import { writeSafetensors } from '@podium/nn/checkpoint-files';
import { defineStage } from '@podium/pipeline';
import { createPretraining, type PretrainingBatch, pretrain } from '@podium/pseudo-label/online';
import { createOptimizer, type OptimizerOptions, parameterGroups } from '@podium/training';
import type * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { COMPETITION, resolveRoots, rootsOf, withRootName } from '../external/resolve-roots.ts';
import { computing, openEngine } from '../models/open-engine.ts';
import { modelSettings, NO_HEADS, openModel } from '../models/open-model.ts';
import { scheduleOf } from '../models/schedule.ts';
import { pipelineModule } from '../models/views.ts';

/**
 * Trains a backbone on images alone: those of the competition, whatever fold they are in, and external ones; test images
 * where the settings let them. No label is looked at.
 */
export const pretrainBackbone = defineStage({
  name: 'pretrain',
  version: '1',
  module: import.meta.url,
  random: true,
  settings: z.strictObject({
    ...modelSettings,
    ...computing,
    method: z.string(),
    options: z.record(z.string(), z.json()),
    epochs: z.int().min(1),
    batchSize: z.int().min(2),
    optimizer: z.string(),
    learningRate: z.number().positive(),
    weightDecay: z.number().min(0),
    /** Steps of augmentation: what a view is. */
    view: z.array(z.json()).min(1),
    sources: z.array(z.string()),
  }),
  inputs: {
    data: { kind: 'folder', type: 'competition' },
    train: { kind: 'file', type: 'manifest' },
    external: { kind: 'folder', type: 'external', many: true, optional: true },
    /** Admitted external images. */
    rows: { kind: 'file', type: 'manifest', optional: true },
    /** Test images, where the settings let them be learned from. */
    allowed: { kind: 'file', type: 'manifest', optional: true },
    weights: { kind: 'file', type: 'weights', optional: true },
    modelCode: { kind: 'file', type: 'code', optional: true },
  },
  outputs: { weights: { kind: 'file', type: 'weights', path: 'weights.safetensors' } },
  needs: () => ({ cores: 'all', memoryBytes: 4 << 30 }),
  run: async ({ settings, inputs, outputs, signal, report, rng }) => {
    const { method, options, epochs, imageSize, input, sources, view } = settings;
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
    const classifier = `${model.classifierPath}.`;
    (model.getSubmodule(model.classifierPath) as AnyModule).requiresGrad_(false);
    const backbone = { model: new Features(model) as unknown as AnyModule, features: model.numFeatures };
    const task = createPretraining({ name: method, ...options }, backbone);
    const batchSize = Math.min(settings.batchSize, rows.length);
    const steps = epochs * Math.floor(rows.length / batchSize);
    const optimizer = createOptimizer(
      { name: settings.optimizer, learningRate: settings.learningRate } as OptimizerOptions,
      parameterGroups(task.model, { weightDecay: settings.weightDecay }),
    );
    const transform = pipelineModule(view);
    const loader = createLoader({
      root,
      rows,
      batchSize,
      epochs,
      seed: rng.split('batches').int(2 ** 31),
      sampler: shuffled(),
      imageSize: [imageSize, imageSize] as const,
      dropLast: true,
      views: task.views === 2 ? [transform, transform] : [transform],
    });
    await pretrain({
      task,
      optimizer,
      steps,
      signal,
      normalization: input,
      precision: settings.precision,
      ...scheduleOf({ schedule: 'cosine', learningRate: settings.learningRate, warmup: 0.1 }, steps),
      seed: rng.split('run').int(2 ** 31),
      batches: async function* (): AsyncGenerator<PretrainingBatch> {
        for await (const batch of loader) {
          const [first, second] = splitViews(batch);
          if (first === undefined) return;
          yield {
            shape: first.shape,
            first: first.images as Uint8Array,
            ...(second !== undefined && { second: second.images as Uint8Array }),
          };
        }
      },
      onEvent: (event) => {
        if (event.type !== 'step' || (event.step % 10 !== 0 && event.step !== steps)) return;
        const message = `${method}, loss ${event.losses.total!.toFixed(3)}`;
        report({ done: event.step, total: steps, unit: 'steps', message });
      },
    });
    signal.throwIfAborted();
    const state = [...stateDict(model)].filter(([path]) => !path.startsWith(classifier));
    await writeSafetensors(outputs.weights, new Map(state), { podium: 'pretrained' });
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
