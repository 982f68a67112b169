import { type Normalization, PodiumError } from '@podium/core';
import { type Precision, precision, withPrecision } from '@podium/engine';
import { type StateTensor, stateDict } from '@podium/nn';
import {
  type FitResult,
  type FitSettings,
  fitTask,
  imagesToTensor,
  Learner,
  type LearnerSettings,
  type Losses,
  type Resume,
  type TrainingTask,
} from '@podium/training';
import * as tf from '@tensorflow/tfjs-core';
import { splitViews, type ViewBatch } from '../batches/index.ts';
import { createTrainedNetwork, emptyContext } from '../network.ts';
import type { Pretraining } from './create-pretraining.ts';

/** What the images learn, and with what optimizer. */
interface PretrainingTaskSettings extends Omit<LearnerSettings, 'model'> {
  /** From `createPretraining`. */
  readonly task: Pretraining;
  /** For batches of bytes. Default: `value / 255`. */
  readonly normalization?: Normalization;
  /** Of convolutions and matrix products; losses are float32 in any case. Default: the engine's. */
  readonly precision?: Precision;
}

/** Settings of a run. Batches have as many views as the task. */
export interface PretrainSettings
  extends Omit<FitSettings<ViewBatch>, 'validation'>,
    PretrainingTaskSettings {}

export interface PretrainResult extends FitResult {
  /** The backbone's weights by PyTorch's names, without the head: for `writeSafetensors`, and `pretrained` later. */
  readonly backbone: Map<string, StateTensor>;
}

/**
 * Trains a backbone on images alone, labeled or not. Reproducible and resumable like `trainSemiSupervised`.
 *
 * @param options.resume `auto` (default): from the last checkpoint, if there is one; `never`; or `must`
 * @throws PodiumError `online-batch` naming what a batch lacks; `online-output`; and as `fitTask`
 *
 * @example
 * const task = createPretraining({ name: 'simclr' }, { model: backbone, features: 512 });
 * const { backbone: weights } = await pretrain({
 *   task,
 *   optimizer: { name: 'adamw', learningRate: 1e-3 },
 *   batches: (state) => createLoader({ ...options, views: [view, view], epochs: 100, state }),
 *   epochs: 100,
 *   seed: 1,
 * });
 * await writeSafetensors('backbone.safetensors', weights);
 */
export async function pretrain(
  settings: PretrainSettings,
  options: { readonly resume?: Resume } = {},
): Promise<PretrainResult> {
  const result = await fitTask(pretrainingTask(settings), settings, options);
  return { ...result, backbone: stateDict(settings.task.backbone) };
}

/** A pretraining as the training loop sees it. */
function pretrainingTask(settings: PretrainingTaskSettings): TrainingTask<ViewBatch> {
  const { task, normalization } = settings;
  const { name, views, model, objective } = task;
  const learner = new Learner('model', { ...settings, model });
  const context = emptyContext();
  const network = createTrainedNetwork('model', learner, undefined, context);
  return {
    name,
    learners: [learner],
    model,
    images: ({ shape }) => shape[0],
    addGradients(batch, { rng, batch: number }) {
      context.rng = rng.split('step', number);
      let losses: Losses | undefined;
      tf.tidy(() =>
        withPrecision(settings.precision ?? precision(), () => {
          const tensors = viewTensors(batch, { name, views, normalization });
          losses = network.backward(() => objective.loss(tensors, network));
        }),
      );
      return losses!;
    },
    step: (position) => learner.step(position),
    config: () => ({ ...learner.config(), normalization, precision: settings.precision }),
    dispose: () => learner.dispose(),
  };
}

function viewTensors(
  batch: ViewBatch,
  {
    name,
    views,
    normalization,
  }: Pick<Pretraining, 'name' | 'views'> & { readonly normalization: Normalization | undefined },
) {
  const [first, second] = splitViews(batch);
  if (views === 2 && second === undefined) {
    throw new PodiumError({
      code: 'online-batch',
      path: { key: 'views' },
      message: `${name} compares two views of an image`,
      expected: 'two views of each image',
      got: `${batch.views}`,
    });
  }
  return {
    first: imagesToTensor(first!, normalization, 'images'),
    second: views === 2 ? imagesToTensor(second!, normalization, 'images') : undefined,
  };
}
