import type { AnyModule, Module } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import type { Learner, Losses } from '../online/learner.ts';
import { initialValues, readSettings, type SettingsSpec } from '../online/settings.ts';

/** A network without its classifier: `[B,H,W,C]` to features `[B,F]`, or to maps `[B,h,w,F]`, which are averaged. */
export interface Backbone {
  readonly model: AnyModule;
  /** F */
  readonly features: number;
}

/** Images on the device. */
interface ViewTensors {
  readonly first: tf.Tensor4D;
  /** Another view of the same images; only for tasks that need it. */
  readonly second: tf.Tensor4D | undefined;
}

/** The part of a task that computes. */
export interface TaskSteps {
  /** What is trained on top of the features, and thrown away afterwards: `[B,F] -> [B,D]`. */
  readonly head: Module<[x: tf.Tensor], tf.Tensor>;
  /** Trains on one batch, within `tf.tidy`. */
  step(views: ViewTensors, learner: Learner): Losses;
}

/** A task by its name, with the defaults of its paper. */
export interface PretrainingDefinition {
  readonly name: string;
  readonly summary: string;
  readonly reference: string;
  readonly views: 1 | 2;
  readonly defaults: Readonly<Record<string, unknown>>;
  /** @throws PodiumError `online-setting` */
  create(settings: Readonly<Record<string, unknown>>, features: number): TaskSteps;
}

interface Definition<S> extends Omit<PretrainingDefinition, 'defaults' | 'create'> {
  readonly settings: SettingsSpec<S>;
  create(settings: S, features: number): TaskSteps;
}

export function definePretraining<S>({
  settings: spec,
  create,
  ...about
}: Definition<S>): PretrainingDefinition {
  return {
    ...about,
    defaults: initialValues(spec) as Readonly<Record<string, unknown>>,
    create: (given, features) => create(readSettings(about.name, spec, given), features),
  };
}
