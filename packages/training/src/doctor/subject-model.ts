import { Rng } from '@podium/core';
import { type AnyModule, withRng } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { type TrainingBatch, toTensors } from '../batches/index.ts';
import { disposeLosses, optimizerStep } from '../learner/index.ts';
import { forward, supervisedLosses } from '../loop/supervised-step.ts';
import { createOptimizer, parameterGroups } from '../optimizers/index.ts';
import type { DoctorSubject } from './check.ts';

/** A batch's images as the model receives them, `[B,H,W,C]`. Call it inside `tf.tidy`. */
export function inputOf(batch: TrainingBatch, { normalization }: DoctorSubject): tf.Tensor4D {
  return toTensors(batch, [], { normalization }).x;
}

/** The model's output in evaluation mode, `[B,H,W,C] -> [B,K]`. Call it inside `tf.tidy`. */
export function modelOutput({ model }: DoctorSubject, x: tf.Tensor4D): tf.Tensor2D {
  return inMode(model, 'evaluation', () => forward(model, x));
}

/** The subject's inference, `[B,H,W,C] -> [B,K]`. Call it inside `tf.tidy`. */
export function predict(subject: DoctorSubject, x: tf.Tensor4D): tf.Tensor2D {
  return subject.predict?.(x) ?? modelOutput(subject, x);
}

/** Runs `f` with the whole model in one mode, and restores the modes of its parts. */
export function inMode<T>(model: AnyModule, mode: 'training' | 'evaluation', f: () => T): T {
  const modes = model.modules().map((module) => [module, module.training] as const);
  model.train(mode === 'training');
  try {
    return f();
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
}

/** Training steps as the subject takes them: by its `trainStep`, or as the trainer does. */
export function createStepper(subject: DoctorSubject): {
  readonly step: (batch: TrainingBatch) => void;
  readonly dispose: () => void;
} {
  if (subject.trainStep !== undefined) return { step: subject.trainStep, dispose: () => {} };
  const { model, optimizer: options, groups, seed } = subject;
  const optimizer = createOptimizer(options, parameterGroups(model, groups));
  const rng = Rng.fromSeed(seed).split('doctor');
  let count = 0;
  return {
    step: (batch) => {
      model.train();
      disposeLosses(supervisedLosses(subject, batch, rng.split(count++)));
      optimizerStep(optimizer, 1, {}).dispose();
    },
    dispose: () => optimizer.dispose(),
  };
}

/**
 * Forward and backward pass of one batch in training mode; gradients are in the parameters afterwards.
 *
 * @returns the losses: the sum, then each head if there are several
 */
export function lossesWithGradients(subject: DoctorSubject, batch: TrainingBatch): number[] {
  const { model, seed } = subject;
  const losses = inMode(model, 'training', () =>
    supervisedLosses(subject, batch, Rng.fromSeed(seed).split('doctor', 'gradients')),
  );
  const values = [losses.total, ...Object.values(losses.parts)].map((loss) => loss.dataSync()[0]!);
  disposeLosses(losses);
  return values;
}

/** Runs `f` with dropout drawing from the doctor's own random stream. */
export function withDoctorRng<T>({ seed }: DoctorSubject, key: number, f: () => T): T {
  return withRng(Rng.fromSeed(seed).split('doctor', 'forward', key), f);
}
