import { PodiumError, type Rng } from '@podium/core';
import type { StateTensor } from '@podium/nn';
import type { BatchTensors, Views } from './batch.ts';
import { type Heads, headsOf } from './heads.ts';
import type { Learner, Losses } from './learner.ts';
import { crossEntropy, type SupervisedLoss } from './losses.ts';
import { initialValues, readSettings, type SettingsSpec } from './settings.ts';

/** Where in a run a step is. */
export interface RunProgress {
  /** Steps done. */
  readonly step: number;
  readonly steps: number;
  /** `step / steps`, in [0,1). */
  readonly part: number;
  /** Of this step. */
  readonly rng: Rng;
}

/** What a method is told of the data. */
export interface MethodContext {
  /** How many there are, at least 2; or of each head, whose logits come one after the other. */
  readonly classes: number | readonly number[];
  /** Images in the unlabeled set; FlexMatch needs it. */
  readonly unlabeled?: number;
  /** What labeled images are trained by, of each head. Default: mean cross-entropy. */
  readonly supervisedLoss?: SupervisedLoss;
}

/** What a definition makes its steps of. */
interface MethodParts {
  readonly heads: Heads;
  readonly unlabeled: number | undefined;
  /** The supervised loss, summed over heads. */
  readonly labeledLoss: SupervisedLoss;
}

/**
 * Who makes the targets of unlabeled images: the student itself, a running average of it, or a second network that is
 * trained too.
 */
export type TeacherKind = 'none' | 'average' | 'trained';

interface Learners {
  readonly student: Learner;
  /** Of the kinds `average` and `trained`. */
  readonly teacher: Learner | undefined;
}

/** What of a method lasts from step to step. */
interface MethodState {
  readonly tensors: ReadonlyMap<string, StateTensor>;
  readonly numbers: Readonly<Record<string, number>>;
}

/** The part of a method that computes. */
interface MethodSteps {
  /**
   * Trains on one batch, within `tf.tidy`.
   * @returns scalars to tell of, `total` among them, which outlive the tidy (`Learner.descend` gives such)
   */
  step(batch: BatchTensors, learners: Learners, progress: RunProgress): Losses;
  /** For the kind `average`: what the teacher keeps of itself after a step. */
  decay?(progress: RunProgress): number;
  state?(): MethodState;
  /** @throws PodiumError `online-state` where it does not fit */
  loadState?(state: MethodState): void;
}

/** A method that is ready to train. */
export interface SemiSupervisedMethod extends MethodSteps {
  readonly name: string;
  readonly teacher: TeacherKind;
  readonly views: Views;
  readonly heads: Heads;
}

/** A method by its name, with the defaults of its paper. */
export interface SemiSupervisedDefinition {
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  /** The paper, and the reference implementation that settings and details follow. */
  readonly reference: string;
  readonly teacher: TeacherKind;
  readonly views: Views;
  /** Unlabeled images for each labeled one in a batch, in the paper. */
  readonly ratio: number;
  readonly defaults: Readonly<Record<string, unknown>>;
  /** @throws PodiumError `online-setting`, `online-classes` */
  create(settings: Readonly<Record<string, unknown>>, context: MethodContext): SemiSupervisedMethod;
}

interface Definition<S> extends Omit<SemiSupervisedDefinition, 'defaults' | 'create'> {
  readonly settings: SettingsSpec<S>;
  create(settings: S, parts: MethodParts): MethodSteps;
}

/** Makes an entry of the registry of a method. */
export function defineSemiSupervised<S>({
  settings: spec,
  create,
  ...about
}: Definition<S>): SemiSupervisedDefinition {
  return {
    ...about,
    defaults: initialValues(spec) as Readonly<Record<string, unknown>>,
    create(given, context) {
      const settings = readSettings(about.name, spec, given);
      const { classes, unlabeled, supervisedLoss = crossEntropy } = context;
      const widths = typeof classes === 'number' ? [classes] : classes;
      if (widths.length === 0 || widths.some((width) => !Number.isInteger(width) || width < 2)) {
        throw new PodiumError({
          code: 'online-classes',
          message: 'classes to learn',
          expected: 'at least 2',
          got: String(classes),
          fix: 'with one class every pseudo label is right and nothing is learnt: check the labels',
        });
      }
      const heads = headsOf(widths);
      const { name, teacher, views } = about;
      const labeledLoss: SupervisedLoss = (logits, targets) => heads.sum(logits, targets, supervisedLoss);
      return { name, teacher, views, heads, ...create(settings, { heads, unlabeled, labeledLoss }) };
    },
  };
}
