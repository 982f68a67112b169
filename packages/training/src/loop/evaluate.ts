import { PodiumError, Predictions } from '@podium/core';
import { precision, withPrecision } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { type TrainingBatch, toTensors } from '../batches/index.ts';
import { keepModes } from '../learner/index.ts';
import { type Head, taskOf } from '../losses/index.ts';
import { forward, type SupervisedSettings } from './supervised-step.ts';
import type { ValidationSettings } from './trainer-settings.ts';

/** Predictions of a model for a set of images, by head, and its losses over those with labels. */
export interface Evaluation {
  /** Logits, by head; for regression, numbers in the units of the targets. */
  readonly predictions: Readonly<Record<string, Predictions>>;
  /** Labels of the loader, by head, in the same order. */
  readonly targets: Readonly<Record<string, Int32Array | Float32Array>>;
  /** Mean over all labels: the weighted sum over heads, and each head. A head without any label has 0. */
  readonly loss: number;
  readonly losses: Readonly<Record<string, number>>;
}

/**
 * Runs a model over images in evaluation mode, and restores its modes.
 *
 * @throws PodiumError `training-no-batches` if there are no images
 *
 * @example
 * const { predictions, loss } = await evaluate({ model, loss: headsLoss }, createLoader(validation));
 */
export async function evaluate(
  settings: SupervisedSettings,
  batches: AsyncIterable<TrainingBatch>,
  classNames: Readonly<Record<string, readonly string[]>> = {},
): Promise<Evaluation> {
  const { model, loss } = settings;
  const { heads } = loss;
  const ids: string[] = [];
  const logits: Float32Array[] = [];
  const targets = new Map<string, (Int32Array | Float32Array)[]>(heads.map(({ name }) => [name, []]));
  const sums = heads.map(() => 0);
  const weights = heads.map(() => 0);
  await keepModes([model], async () => {
    model.eval();
    for await (const batch of batches) {
      let values = new Float32Array();
      let [means, divisors]: ArrayLike<number>[] = [[], []];
      tf.tidy(() =>
        withPrecision(settings.precision ?? precision(), () => {
          const tensors = toTensors(batch, heads, { normalization: settings.normalization });
          const y = forward(model, tensors.x);
          const { sampleWeights } = tensors;
          const { byHead } = loss.call(y, tensors.targets, { sampleWeights });
          values = y.dataSync() as Float32Array<ArrayBuffer>;
          means = tf.stack(heads.map(({ name }) => byHead[name]!)).dataSync();
          divisors = loss.weights(y, tensors.targets, { sampleWeights }).dataSync();
        }),
      );
      ids.push(...batch.ids);
      logits.push(values);
      for (const { name } of heads) targets.get(name)?.push((batch.targets[name] as Int32Array).slice());
      for (const i of heads.keys()) {
        // The loss of a batch without any label is 0, whatever its divisor.
        sums[i] = sums[i]! + (divisors![i]! === 0 ? 0 : means![i]! * divisors![i]!);
        weights[i] = weights[i]! + divisors![i]!;
      }
    }
  });
  if (ids.length === 0) {
    throw new PodiumError({
      code: 'training-no-batches',
      message: 'there are no images to evaluate the model on',
      fix: 'give the validation set at least one image',
    });
  }
  const means = sums.map((sum, i) => (weights[i] === 0 ? 0 : sum / weights[i]!));
  return {
    predictions: splitLogits(heads, ids, concat(logits), classNames),
    targets: Object.fromEntries(Array.from(targets, ([name, parts]) => [name, concat(parts)])),
    loss: heads.reduce((sum, { weight = 1 }, i) => sum + weight * means[i]!, 0),
    losses: Object.fromEntries(heads.map(({ name }, i) => [name, means[i]!])),
  };
}

/** Loss and metrics of a validation, by name. */
export async function validate(
  settings: SupervisedSettings,
  { batches, metrics = {}, classNames }: ValidationSettings,
): Promise<Record<string, number>> {
  const { heads } = settings.loss;
  const evaluation = await evaluate(settings, batches(), classNames);
  const row: Record<string, number> = { loss: evaluation.loss };
  for (const { name: head } of heads) {
    const prefix = heads.length === 1 ? '' : `${head}/`;
    if (heads.length > 1) row[`${prefix}loss`] = evaluation.losses[head]!;
    const labeled = withLabel(evaluation.predictions[head]!, evaluation.targets[head]!);
    if (labeled === undefined) continue;
    for (const [name, metric] of Object.entries(metrics)) {
      row[`${prefix}${name}`] = metric(labeled.predictions, labeled.targets);
    }
  }
  return row;
}

/** The rows with a label. */
function withLabel(
  predictions: Predictions,
  targets: Int32Array | Float32Array,
): { predictions: Predictions; targets: Int32Array | Float32Array } | undefined {
  if (predictions.task === 'regression') return withNumbers(predictions, targets);
  if (targets.length !== predictions.length || !targets.includes(-1)) return { predictions, targets };
  const rows = predictions.ids.map((_, row) => row).filter((row) => targets[row]! >= 0);
  if (rows.length === 0) return undefined;
  return {
    predictions: predictions.select(rows.map((row) => predictions.ids[row]!)),
    targets: Int32Array.from(rows, (row) => targets[row]!),
  };
}

function withNumbers(
  predictions: Predictions,
  targets: Int32Array | Float32Array,
): ReturnType<typeof withLabel> {
  if (!targets.some(Number.isNaN)) return { predictions, targets };
  const width = predictions.classes.length;
  const rowOf = (row: number) => targets.subarray(row * width, (row + 1) * width);
  const rows = [...predictions.ids.keys()].filter((row) => !rowOf(row).some(Number.isNaN));
  if (rows.length === 0) return undefined;
  return {
    predictions: predictions.select(rows.map((row) => predictions.ids[row]!)),
    targets: Float32Array.from(rows.flatMap((row) => [...rowOf(row)])),
  };
}

function splitLogits(
  heads: readonly Head[],
  ids: readonly string[],
  logits: Float32Array,
  classNames: Readonly<Record<string, readonly string[]>>,
): Record<string, Predictions> {
  const width = heads.reduce((sum, { classes }) => sum + classes, 0);
  let start = 0;
  const result = new Map<string, Predictions>();
  for (const head of heads) {
    const { name, classes } = head;
    const values = new Float32Array(ids.length * classes);
    for (let i = 0; i < ids.length; i++) {
      values.set(logits.subarray(i * width + start, i * width + start + classes), i * classes);
    }
    start += classes;
    const task = taskOf(head);
    if (task === 'regression') restore(values, head);
    const named = Object.hasOwn(classNames, name) ? classNames[name] : undefined;
    result.set(
      name,
      new Predictions({
        ids,
        classes: named ?? Array.from({ length: classes }, (_, k) => String(k)),
        values,
        kind: task === 'regression' ? 'numbers' : 'logits',
        task,
      }),
    );
  }
  return Object.fromEntries(result);
}

/** Standardized outputs `[N,K]` in the units of the targets, in place. */
function restore(values: Float32Array, { classes, scale }: Head): void {
  if (scale === undefined) return;
  for (let i = 0; i < values.length; i++)
    values[i] = values[i]! * scale.std[i % classes]! + scale.mean[i % classes]!;
}

function concat<A extends Int32Array | Float32Array>(parts: readonly A[]): A {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const Kind = (parts[0]?.constructor ?? Float32Array) as new (length: number) => A;
  const joined = new Kind(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
