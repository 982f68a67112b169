import { BatchNorm2d } from '@podium/nn';
import { type ImageModel, isClassifier } from '../image-model.ts';
import { depthOf } from './depth-of.ts';
import type { TransferCase } from './recommend-transfer.ts';

/** One stage of a training run. */
export interface TransferStage {
  readonly name: 'head' | 'all';
  /** Where the stage ends, as a share of all epochs in (0,1]. */
  readonly until: number;
  /** What is trained: the classifier, or everything. */
  readonly trainable: 'head' | 'all';
  /** Learning rate of the classifier, relative to that of the run. */
  readonly headRate: number;
  /** Learning rate of the last block, relative to that of the run. */
  readonly backboneRate: number;
}

/** What is frozen until when, learning rates by depth, and the behavior of batch norm. */
export interface TransferPlan {
  readonly stages: readonly TransferStage[];
  /** Factor between the learning rates of a block and the block after it, in (0,1]. */
  readonly layerDecay: number;
  /** `frozen`: the running statistics of pretraining are used and not updated. */
  readonly batchNorm: 'frozen' | 'batch';
}

const headOnly: TransferStage = { name: 'head', until: 1, trainable: 'head', headRate: 1, backboneRate: 0 };

const PLANS: Readonly<Record<TransferCase, TransferPlan>> = {
  'enough-similar': { stages: [headOnly], layerDecay: 1, batchNorm: 'frozen' },
  'little-similar': { stages: [headOnly], layerDecay: 1, batchNorm: 'frozen' },
  'enough-dissimilar': {
    stages: [
      // Gradients of a new classifier would destroy pretrained features.
      { name: 'head', until: 0.1, trainable: 'head', headRate: 1, backboneRate: 0 },
      { name: 'all', until: 1, trainable: 'all', headRate: 1, backboneRate: 1 },
    ],
    layerDecay: 0.9,
    batchNorm: 'batch',
  },
  'little-dissimilar': {
    stages: [
      { name: 'head', until: 0.4, trainable: 'head', headRate: 1, backboneRate: 0 },
      { name: 'all', until: 1, trainable: 'all', headRate: 0.3, backboneRate: 0.1 },
    ],
    layerDecay: 0.75,
    batchNorm: 'frozen',
  },
};

/** The usual plan for a case. */
export function planFor(transferCase: TransferCase): TransferPlan {
  return PLANS[transferCase];
}

/** The stage of a run after a share of its epochs, in [0,1). */
export function stageAt(plan: TransferPlan, share: number): TransferStage {
  return plan.stages.find(({ until }) => share < until) ?? plan.stages.at(-1)!;
}

/**
 * Freezes and unfreezes a model's parameters for a stage of a plan, and sets its batch norms.
 *
 * @param trainable paths that may be trained at all, of `trainablePaths`; default: all
 * @returns by path of each parameter, the factor for the learning rate of the run; 0 for frozen ones
 *
 * @example
 * const rates = applyTransfer(model, planFor('little-dissimilar'));
 */
export function applyTransfer(
  model: ImageModel,
  plan: TransferPlan,
  stage: TransferStage = stageAt(plan, 0),
  trainable?: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const depth = depthOf(model);
  const rates = new Map<string, number>();
  for (const [path, parameter] of model.namedParameters()) {
    const steps = Math.max(depth.head - 1 - depth.of(path), 0);
    const backbone = stage.trainable === 'head' ? 0 : stage.backboneRate * plan.layerDecay ** steps;
    const wanted = isClassifier(path, model) ? stage.headRate : backbone;
    const rate = trainable?.has(path) === false ? 0 : wanted;
    rates.set(path, rate);
    parameter.requiresGrad = rate > 0;
    if (rate === 0) parameter.zeroGrad();
  }
  for (const module of model.modules()) {
    const norm: unknown = module;
    if (norm instanceof BatchNorm2d) {
      norm.frozenStatistics = plan.batchNorm === 'frozen' || stage.trainable === 'head';
    }
  }
  return rates;
}
