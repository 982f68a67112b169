import { Rng } from '@podium/core';
import { Dropout, DropPath } from '@podium/nn';
import type { TrainingBatch } from '../../batches/index.ts';
import { disposeLosses, optimizerStep } from '../../learner/index.ts';
import { leavingUntouched } from '../../loop/leaving-untouched.ts';
import { supervisedLosses } from '../../loop/supervised-step.ts';
import { createOptimizer, parameterGroups } from '../../optimizers/index.ts';
import { type DoctorCheck, type DoctorSubject, ok, problem, warning } from '../check.ts';
import { formatNumber } from '../format.ts';
import { firstBatch } from '../sample-batches.ts';

const MAX_STEPS = 60;
/** Transformers need the first, small heads the second. */
const RATES = [5e-4, 5e-3] as const;
const IMAGES = 8;
/** Remaining part of the first loss at which the model has overfit. */
const OVERFIT = 0.1;

/** If a model cannot overfit eight images, something is wrong with the data, the loss or the model. */
export const overfitsOneBatch: DoctorCheck = {
  name: 'overfits-one-batch',
  title: 'the model can overfit a few images',
  // Of half as many images each.
  steps: (RATES.length * MAX_STEPS * IMAGES) / 16,
  async run(subject) {
    const { model } = subject;
    const batch = await firstBatch(subject, IMAGES);
    const drops = model.modules().flatMap((module) => {
      const layer: unknown = module;
      return layer instanceof Dropout || layer instanceof DropPath ? [layer] : [];
    });
    const rates = drops.map(({ rate }) => rate);
    const hasFrozenParts = model.parameters().some(({ requiresGrad }) => !requiresGrad);
    let best: Overfitting = { first: Number.NaN, loss: Number.NaN, steps: 0 };
    for (const learningRate of RATES) {
      const attempt = await leavingUntouched(model, () => {
        for (const drop of drops) drop.rate = 0;
        try {
          return overfit(subject, batch, learningRate);
        } finally {
          drops.forEach((drop, i) => {
            drop.rate = rates[i]!;
          });
        }
      });
      if (!(attempt.loss > best.loss)) best = attempt;
      if (hasOverfit(best)) break;
    }
    const evidence = `the loss of ${batch.shape[0]} images fell from ${formatNumber(best.first)} to ${formatNumber(best.loss)} in ${best.steps} steps`;
    if (hasOverfit(best)) return ok(evidence);
    const fix =
      'check that labels match the images, gradients reach all layers, and the loss gets raw logits';
    // Soft labels have a minimum loss above 0, and a frozen backbone may not distinguish the images.
    if (best.loss < 0.5 * best.first || hasFrozenParts) {
      return warning(`${evidence}${hasFrozenParts ? ', with parts of the model frozen' : ''}`, fix);
    }
    return problem(evidence, fix);
  },
};

interface Overfitting {
  readonly first: number;
  readonly loss: number;
  readonly steps: number;
}

function hasOverfit({ first, loss }: Overfitting): boolean {
  return loss < OVERFIT * first;
}

function overfit(subject: DoctorSubject, batch: TrainingBatch, learningRate: number): Overfitting {
  const { model, seed } = subject;
  model.train();
  const optimizer = createOptimizer({ name: 'adam', learningRate }, parameterGroups(model));
  try {
    let first = Number.NaN;
    let loss = Number.NaN;
    let steps = 0;
    while (steps < MAX_STEPS) {
      const losses = supervisedLosses(subject, batch, Rng.fromSeed(seed).split('overfit', steps));
      loss = losses.total.dataSync()[0]!;
      disposeLosses(losses);
      optimizerStep(optimizer, 1, { clipNorm: 1 }).dispose();
      if (steps++ === 0) first = loss;
      if (!Number.isFinite(loss) || hasOverfit({ first, loss, steps })) break;
    }
    return { first, loss, steps };
  } finally {
    optimizer.dispose();
  }
}
