import { PodiumError, Rng } from '@podium/core';
import { type AnyModule, withRng } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { toTensors } from '../loop/batch-tensors.ts';
import type { TrainingBatch } from '../loop/index.ts';
import { accumulateGradients, forward, optimizerStep } from '../loop/train-step.ts';
import { createOptimizer, parameterGroups } from '../optimizers/index.ts';
import type { DoctorSubject } from './check.ts';

/** Images that checks run the model on: enough to see a mistake, few enough for a minute. */
const MOST_IMAGES = 16;

/** The first images of the first training batch, their memory their own. */
export async function firstBatch(
  { batches }: DoctorSubject,
  most: number = MOST_IMAGES,
): Promise<TrainingBatch> {
  for await (const batch of batches(0)) return cut(batch, most);
  throw new PodiumError({
    code: 'training-no-batches',
    message: 'there is no training batch to look at',
    fix: 'give the training set at least one image',
  });
}

/** The first so many images of each batch. */
export async function* smaller(
  batches: AsyncIterable<TrainingBatch>,
  most: number = MOST_IMAGES,
): AsyncGenerator<TrainingBatch> {
  for await (const batch of batches) yield cut(batch, most);
}

/** The first so many batches, as they come. */
export async function* atMost(
  batches: AsyncIterable<TrainingBatch>,
  count: number,
): AsyncGenerator<TrainingBatch> {
  let done = 0;
  for await (const batch of batches) {
    yield batch;
    if (++done === count) return;
  }
}

/** The first so many batches. */
export async function someBatches(
  batches: AsyncIterable<TrainingBatch>,
  count: number,
): Promise<TrainingBatch[]> {
  const found: TrainingBatch[] = [];
  for await (const batch of batches) {
    found.push(cut(batch, batch.shape[0]));
    if (found.length === count) break;
  }
  return found;
}

function cut(batch: TrainingBatch, most: number): TrainingBatch {
  const [size, ...rest] = batch.shape;
  const count = Math.min(size, most);
  const first = <A extends Uint8Array | Float32Array | Int32Array>(values: A) =>
    values.slice(0, (values.length / size) * count) as A;
  return {
    ...batch,
    images: first(batch.images),
    shape: [count, ...rest],
    ids: batch.ids.slice(0, count),
    targets: Object.fromEntries(Object.entries(batch.targets).map(([head, values]) => [head, first(values)])),
    ...(batch.weights === undefined ? {} : { weights: first(batch.weights) }),
  };
}

/** A batch's images as the model gets them. The caller tidies up. */
export function inputOf(batch: TrainingBatch, { normalization }: DoctorSubject): tf.Tensor4D {
  return toTensors(batch, [], { normalization }).x;
}

/** What the model itself says in evaluation mode, whatever the subject's inference does. The caller tidies up. */
export function modelOutput({ model }: DoctorSubject, x: tf.Tensor4D): tf.Tensor2D {
  return inMode(model, false, () => forward(model, x));
}

/** The subject's inference. Other modes are put back. The caller tidies up. */
export function predict(subject: DoctorSubject, x: tf.Tensor4D): tf.Tensor2D {
  return subject.predict?.(x) ?? modelOutput(subject, x);
}

/** Runs `f` with all of a model in one mode. */
export function inMode<T>(model: AnyModule, training: boolean, f: () => T): T {
  const modes = model.modules().map((module) => [module, module.training] as const);
  model.train(training);
  try {
    return f();
  } finally {
    for (const [module, mode] of modes) module.training = mode;
  }
}

/** A step as the subject trains: its own, or the trainer's with its optimizer. */
export function stepper(subject: DoctorSubject): {
  step: (batch: TrainingBatch) => void;
  dispose: () => void;
} {
  if (subject.trainStep !== undefined) return { step: subject.trainStep, dispose: () => {} };
  const { model, optimizer: options, groups, seed } = subject;
  const optimizer = createOptimizer(options, parameterGroups(model, groups));
  const rng = Rng.fromSeed(seed).split('doctor');
  let count = 0;
  return {
    step: (batch) => {
      model.train();
      tf.dispose([
        ...accumulateGradients(subject, batch, rng.split(count++)),
        optimizerStep(optimizer, 1, {}),
      ]);
    },
    dispose: () => optimizer.dispose(),
  };
}

/** Gradients of one batch in training mode are in the parameters afterwards. @returns the losses: total, then heads */
export function gradientsOf(subject: DoctorSubject, batch: TrainingBatch): number[] {
  const { model, seed } = subject;
  const losses = inMode(model, true, () =>
    accumulateGradients(subject, batch, Rng.fromSeed(seed).split('doctor', 'gradients')),
  );
  const values = losses.map((loss) => loss.dataSync()[0]!);
  tf.dispose([...losses]);
  return values;
}

/** Runs with dropout drawing from a stream of the doctor's own. */
export function withDoctorRng<T>({ seed }: DoctorSubject, key: number, f: () => T): T {
  return withRng(Rng.fromSeed(seed).split('doctor', 'forward', key), f);
}

/** `a, b, c and 3 more`. */
export function list(names: readonly string[], most = 4): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** Three significant digits. */
export function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value);
}
