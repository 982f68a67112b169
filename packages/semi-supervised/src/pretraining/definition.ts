import { parseSettings } from '@podium/core/settings';
import type { AnyModule, Module } from '@podium/nn';
import type { Losses } from '@podium/training';
import type * as tf from '@tensorflow/tfjs-core';
import type { z } from 'zod';
import type { Network } from '../network.ts';

/** A network without classifier: `[B,H,W,C]` to features `[B,F]`, or to maps `[B,h,w,F]`, which are averaged. */
export interface Backbone {
  readonly model: AnyModule;
  /** F */
  readonly features: number;
}

/** Views of the same images, on the device. */
interface ViewTensors {
  readonly first: tf.Tensor4D;
  /** Only for tasks with two views. */
  readonly second: tf.Tensor4D | undefined;
}

/** The part of a task that computes. */
export interface PretrainingObjective {
  /** What is trained on top of the features, and discarded afterwards: `[B,F] -> [B,D]`. */
  readonly head: Module<[x: tf.Tensor], tf.Tensor>;
  /** The loss of one batch; the network includes the head. */
  loss(views: ViewTensors, network: Network): Losses;
}

/** A task by name, with the defaults of its paper. */
export interface PretrainingDefinition {
  readonly name: string;
  /** One line for a catalog. */
  readonly summary: string;
  readonly reference: string;
  readonly views: 1 | 2;
  readonly settings: z.ZodObject;
  /** @throws PodiumError `online-setting` */
  create(settings: Readonly<Record<string, unknown>>, features: number): PretrainingObjective;
}

interface Definition<Settings extends z.ZodObject>
  extends Omit<PretrainingDefinition, 'settings' | 'create'> {
  readonly settings: Settings;
  create(settings: z.output<Settings>, features: number): PretrainingObjective;
}

/** Makes an entry of the registry of a task. */
export function definePretraining<Settings extends z.ZodObject>({
  settings,
  create,
  ...about
}: Definition<Settings>): PretrainingDefinition {
  const place = { owner: `pretraining "${about.name}"`, code: 'online-setting' };
  return {
    ...about,
    settings,
    create: (given, features) => create(parseSettings(settings, given, place), features),
  };
}
