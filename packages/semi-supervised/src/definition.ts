import { PodiumError, type Rng } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import type { LabeledHead, Losses, TaskState } from '@podium/training';
import type { z } from 'zod';
import type { BatchTensors, Views } from './batches/index.ts';
import { type Heads, headsOf } from './heads.ts';
import { crossEntropy, type SupervisedLoss } from './losses.ts';
import type { Network, TrainedNetwork } from './network.ts';

/** Where in a run a step is. */
export interface StepShare {
  /** Steps done. */
  readonly step: number;
  /** `step / steps`, in [0,1): ramps depend on it. */
  readonly share: number;
}

/** What a method knows of the data. */
export interface MethodContext {
  /** Heads of the labels, each with 2 classes or more. Their logits lie side by side. */
  readonly heads: readonly LabeledHead[];
  /** Images in the unlabeled set; FlexMatch needs it. */
  readonly unlabeled?: number;
  /** Loss of labeled images, per head. Default: mean cross-entropy. */
  readonly supervisedLoss?: SupervisedLoss;
}

/** What a definition builds its steps from. */
interface MethodParts {
  readonly heads: Heads;
  readonly unlabeled: number | undefined;
  /** The supervised loss, summed over heads. */
  readonly labeledLoss: SupervisedLoss;
}

/**
 * Where the targets of unlabeled images come from: the student itself, a running average of it, or a second network that
 * is trained too.
 */
export type TeacherKind = 'none' | 'average' | 'trained';

interface Networks {
  readonly student: TrainedNetwork;
  /** Of the kinds `average` and `trained`. */
  readonly teacher: Network | undefined;
}

interface TrainedNetworks extends Networks {
  readonly teacher: TrainedNetwork;
}

/** The part of a method that computes. */
interface MethodSteps<Given extends Networks = Networks> {
  /** Adds the gradients of one batch, within `tf.tidy`. */
  addGradients(batch: BatchTensors, networks: Given, at: StepShare & { readonly rng: Rng }): Losses;
  /** For the kind `average`: weight of the teacher itself at a step. */
  decay?(at: StepShare): number;
  state?(): TaskState;
  /** @throws PodiumError `online-state` if it does not fit */
  loadState?(state: TaskState): void;
}

/** A method that is ready to train one run. */
export interface SemiSupervisedMethod extends MethodSteps {
  readonly name: string;
  readonly teacher: TeacherKind;
  readonly views: Views;
  readonly heads: Heads;
  /** With defaults. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A method by name, with the defaults of its paper. */
export interface SemiSupervisedDefinition {
  readonly name: string;
  /** One line for a catalog. */
  readonly summary: string;
  /** The paper, and the reference implementation that settings and details follow. */
  readonly reference: string;
  readonly teacher: TeacherKind;
  readonly views: Views;
  /** Unlabeled images per labeled one in a batch, as in the paper. */
  readonly ratio: number;
  readonly settings: z.ZodObject;
  /** @throws PodiumError `online-setting`, `online-classes` */
  create(settings: Readonly<Record<string, unknown>>, context: MethodContext): SemiSupervisedMethod;
}

interface Definition<Settings extends z.ZodObject, Kind extends TeacherKind>
  extends Omit<SemiSupervisedDefinition, 'settings' | 'teacher' | 'create'> {
  readonly settings: Settings;
  readonly teacher: Kind;
  create(
    settings: z.output<Settings>,
    parts: MethodParts,
  ): MethodSteps<Kind extends 'trained' ? TrainedNetworks : Networks>;
}

/** Makes an entry of the registry of a method. */
export function defineSemiSupervised<Settings extends z.ZodObject, Kind extends TeacherKind>(
  definition: Definition<Settings, Kind>,
): SemiSupervisedDefinition {
  const { settings: schema, create, ...about } = definition;
  return {
    ...about,
    settings: schema,
    create(given, { heads: list, unlabeled, supervisedLoss = crossEntropy }) {
      const settings = parseSettings(schema, given, {
        owner: `method "${about.name}"`,
        code: 'online-setting',
      });
      assertHeads(list);
      const heads = headsOf(list);
      const labeledLoss: SupervisedLoss = (logits, targets) => heads.sum(logits, targets, supervisedLoss);
      const { name, teacher, views } = about;
      return {
        name,
        teacher,
        views,
        heads,
        settings,
        ...create(settings, { heads, unlabeled, labeledLoss }),
      };
    },
  };
}

function assertHeads(heads: readonly LabeledHead[]): void {
  const odd = heads.find(({ classes }) => !Number.isInteger(classes) || classes < 2);
  if (heads.length > 0 && odd === undefined) return;
  throw new PodiumError({
    code: 'online-classes',
    ...(odd !== undefined && { path: { key: odd.name } }),
    message: 'classes to learn',
    expected: 'at least 2',
    got: String(odd?.classes ?? 'no head'),
    fix: 'with one class every pseudo label is right and nothing is learned: check the labels',
  });
}
