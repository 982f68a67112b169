import { type Normalization, PodiumError, Rng } from '@podium/core';
import { castTo, globalAveragePool2d } from '@podium/engine';
import { type AnyModule, Module, type StateTensor, stateDict } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { type BatchShape, imagesToTensor, type Pixels } from '../online/batch.ts';
import { createLearner, type LearnerSettings } from '../online/learner.ts';
import { type RunResult, type RunSettings, runSteps } from '../online/run.ts';
import { modelPart, optimizerPart, type Part } from '../online/run-state.ts';
import type { Backbone, TaskSteps } from './definition.ts';
import { pretrainingTasks } from './registry.ts';

/** Images, labeled or not; labels are not looked at. */
export interface PretrainingBatch {
  readonly shape: BatchShape;
  /** A view of each image, strongly augmented for SimCLR. */
  readonly first: Pixels;
  /** Another view of each, for tasks with two. */
  readonly second?: Pixels;
}

/** A task with the network that learns it. */
export interface Pretraining {
  readonly name: string;
  readonly views: 1 | 2;
  /** Backbone and head as one module: make the optimizer of its parameters. */
  readonly model: AnyModule;
  readonly backbone: AnyModule;
  readonly steps: TaskSteps;
}

/**
 * Puts a task's head on a backbone. Draws the head's weights from nn's default random stream: see `manualSeed`.
 *
 * @throws PodiumError for an unknown name or setting, or a value out of range
 */
export function createPretraining(
  options: { readonly name: string } & Readonly<Record<string, unknown>>,
  { model: backbone, features }: Backbone,
): Pretraining {
  const { name, ...settings } = options;
  const task = pretrainingTasks.get(name);
  const steps = task.create(settings, features);
  const model = new WithHead(backbone, steps.head, features) as unknown as AnyModule;
  return { name, views: task.views, model, backbone, steps };
}

export interface PretrainSettings extends RunSettings<PretrainingBatch> {
  readonly task: Pretraining;
  readonly optimizer: LearnerSettings['optimizer'];
  readonly schedule?: LearnerSettings['schedule'];
  readonly clipNorm?: number;
  readonly normalization?: Normalization;
}

export interface PretrainResult extends RunResult {
  /** The backbone's weights by PyTorch's names, without the head: for `writeSafetensors`, and `pretrained` later. */
  readonly backbone: Map<string, StateTensor>;
}

/**
 * Trains a backbone on images alone, labeled and unlabeled. Reproducible and resumable as `trainSemiSupervised` is.
 *
 * @throws PodiumError `online-batch` naming what a batch lacks; `online-output`, `online-not-finite`, `online-state`
 */
export async function pretrain(settings: PretrainSettings): Promise<PretrainResult> {
  const { task, optimizer, schedule, clipNorm, normalization, seed } = settings;
  const { model, backbone, steps } = task;
  const given: LearnerSettings = {
    model,
    optimizer,
    schedule,
    clipNorm,
  };
  let rng = Rng.fromSeed(seed);
  const learner = createLearner('model', given, undefined, () => rng);
  const parts = new Map<string, Part>([
    ['model', modelPart(model)],
    ['model.optimizer', optimizerPart('model', optimizer)],
  ]);
  const result = await runSteps(settings, {
    method: task.name,
    learners: [given],
    models: [model],
    parts,
    model,
    step(batch, progress) {
      rng = progress.rng;
      const first = imagesToTensor('first', batch.first, batch.shape, normalization);
      if (task.views === 2 && batch.second === undefined) {
        throw new PodiumError({
          code: 'online-batch',
          path: { key: 'second' },
          message: `${task.name} compares two views of an image`,
          expected: 'a second view of each image',
          got: 'none',
        });
      }
      const second =
        task.views === 1 || batch.second === undefined
          ? undefined
          : imagesToTensor('second', batch.second, batch.shape, normalization);
      return steps.step({ first, second }, learner);
    },
  });
  return { ...result, backbone: stateDict(backbone) };
}

class WithHead extends Module<[x: tf.Tensor4D], tf.Tensor> {
  readonly features: number;
  backbone: AnyModule;
  head: TaskSteps['head'];

  constructor(backbone: AnyModule, head: TaskSteps['head'], features: number) {
    super();
    this.backbone = backbone;
    this.head = head;
    this.features = features;
  }

  forward(x: tf.Tensor4D): tf.Tensor {
    const y = (this.backbone.call as (x: tf.Tensor) => tf.Tensor).call(this.backbone, x);
    const pooled = y.rank === 4 ? globalAveragePool2d(y as tf.Tensor4D) : y;
    if (pooled.rank !== 2 || pooled.shape[1] !== this.features) {
      throw new PodiumError({
        code: 'online-output',
        message: 'output of the backbone',
        expected: `[B,${this.features}] or [B,h,w,${this.features}]`,
        got: `[${y.shape}]`,
        fix: 'leave the classifier out (numClasses: 0), and say how many features there are',
      });
    }
    return this.head.call(castTo(pooled, 'float32'));
  }
}
